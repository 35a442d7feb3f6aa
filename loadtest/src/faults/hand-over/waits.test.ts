import { expect, test } from "vitest";
import type { Speaker } from "../workload/speaker.ts";
import { Waits } from "./waits.ts";

test("each group's longest since the last look; who was not answered waited forever", () => {
  const speakers = [{}, {}] as Speaker[];
  const waits = new Waits({ groups: [1, 2, 3], speakers });

  speakers[0]?.onAnswered(1, 20);
  speakers[1]?.onAnswered(1, 80);
  speakers[0]?.onAnswered(1, 30);
  speakers[1]?.onAnswered(2, 5);

  expect(waits.take()).toEqual([80, 5, Number.POSITIVE_INFINITY]);
  speakers[0]?.onAnswered(3, 7);
  expect(waits.take()).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 7]);
});
