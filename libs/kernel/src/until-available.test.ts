import { expect, test, vi } from "vitest";
import { AppError } from "./errors.ts";
import { untilAvailable } from "./until-available.ts";

const unavailable = new AppError("UNAVAILABLE", "busy");

test("what is unavailable is tried again until it is not", async () => {
  const work = vi.fn().mockRejectedValueOnce(unavailable).mockRejectedValueOnce(unavailable).mockResolvedValue(7);

  expect(await untilAvailable(work, 60_000)).toBe(7);
  expect(work).toHaveBeenCalledTimes(3);
});

test("it is given up after the time, and any other failure ends it at once", async () => {
  const busy = vi.fn().mockRejectedValue(unavailable);
  const broken = vi.fn().mockRejectedValue(new AppError("CONFLICT", "set up otherwise"));

  await expect(untilAvailable(busy, 0)).rejects.toBe(unavailable);
  await expect(untilAvailable(broken, 60_000)).rejects.toMatchObject({ code: "CONFLICT" });
  expect([busy.mock.calls.length, broken.mock.calls.length]).toEqual([1, 1]);
});
