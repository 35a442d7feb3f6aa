import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bus } from "./bus.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

const ANSWERED_WITHIN_MS = 5_000;

/**
 * What every Bus must do. Each adapter's test calls this and nothing more;
 * a promise made in bus.ts without a test here is not a promise.
 */
export function busContract(name: string, open: (onError: (error: unknown) => void) => Promise<Bus>): void {
  describe(`bus: ${name}`, () => {
    const onError = vi.fn();
    let bus: Bus;
    let subject: string;

    beforeEach(async () => {
      onError.mockReset();
      bus = await open(onError);
      subject = `test.${crypto.randomUUID()}`;
    });
    afterEach(() => bus[Symbol.asyncDispose]());

    /** Collects what arrives on a subject, as text. */
    async function listen(on: string): Promise<string[]> {
      const seen: string[] = [];
      await bus.subscribe(on, (message) => seen.push(text(message.data)));
      return seen;
    }

    test("delivers to every subscriber of the subject, and to no other", async () => {
      const [a, b, other] = [await listen(subject), await listen(subject), await listen(`${subject}.other`)];

      bus.publish(subject, bytes("hi"));

      await vi.waitFor(() => expect([a, b]).toEqual([["hi"], ["hi"]]));
      expect(other).toEqual([]);
    });

    test("names the subject a message came on", async () => {
      const seen: string[] = [];
      await bus.subscribe(subject, (message) => seen.push(message.subject));

      bus.publish(subject, bytes("hi"));

      await vi.waitFor(() => expect(seen).toEqual([subject]));
    });

    test("keeps one publisher's order", async () => {
      const seen = await listen(subject);
      const sent = Array.from({ length: 200 }, (_, i) => String(i));

      for (const n of sent) bus.publish(subject, bytes(n));

      await vi.waitFor(() => expect(seen).toEqual(sent));
    });

    test("a handler never runs inside the call that publishes", async () => {
      const seen = await listen(subject);

      bus.publish(subject, bytes("hi"));

      expect(seen).toEqual([]);
      await vi.waitFor(() => expect(seen).toEqual(["hi"]));
    });

    test("a handler that throws is reported and stops nobody else", async () => {
      await bus.subscribe(subject, () => {
        throw new Error("boom");
      });
      const seen = await listen(subject);

      bus.publish(subject, bytes("hi"));

      await vi.waitFor(() => expect(seen).toEqual(["hi"]));
      await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
    });

    test("the publisher may reuse its buffer", async () => {
      const seen = await listen(subject);
      const buffer = bytes("one");

      bus.publish(subject, buffer);
      buffer.set(bytes("two"));

      await vi.waitFor(() => expect(seen).toEqual(["one"]));
    });

    test("after stop, nothing more arrives, not even what was published before", async () => {
      const seen: string[] = [];
      const subscription = await bus.subscribe(subject, (message) => seen.push(text(message.data)));
      const done = await listen(`${subject}.done`);

      bus.publish(subject, bytes("early"));
      subscription.stop();
      bus.publish(subject, bytes("late"));
      bus.publish(`${subject}.done`, bytes("done"));

      await vi.waitFor(() => expect(done).toEqual(["done"]));
      expect(seen).toEqual([]);
    });

    test("a question is answered", async () => {
      await bus.answer(subject, async (data) => bytes(`${text(data)}!`));

      const answer = await bus.request(subject, bytes("hi"), ANSWERED_WITHIN_MS);

      expect(text(answer)).toBe("hi!");
    });

    test("questions of one asker on one subject arrive in order, and answers find their question", async () => {
      const asked: string[] = [];
      await bus.answer(subject, async (data) => {
        asked.push(text(data));
        return data;
      });
      const sent = Array.from({ length: 100 }, (_, i) => String(i));

      const answers = await Promise.all(sent.map((n) => bus.request(subject, bytes(n), ANSWERED_WITHIN_MS)));

      expect(asked).toEqual(sent);
      expect(answers.map(text)).toEqual(sent);
    });

    test("questions do not wait for one another's answers", async () => {
      const waiting: (() => void)[] = [];
      await bus.answer(subject, async (data) => {
        if (text(data) === "slow") await new Promise<void>((resolve) => waiting.push(resolve));
        return data;
      });

      const slow = bus.request(subject, bytes("slow"), ANSWERED_WITHIN_MS);
      const quick = await bus.request(subject, bytes("quick"), ANSWERED_WITHIN_MS);
      for (const release of waiting) release();

      expect(text(quick)).toBe("quick");
      expect(text(await slow)).toBe("slow");
    });

    test("the asker may reuse its buffer, and the answerer too", async () => {
      const answered = bytes("answer");
      await bus.answer(subject, async (data) => {
        answered.set(data.subarray(0, 1));
        setTimeout(() => answered.fill(0), 0);
        return answered;
      });
      const question = bytes("one");

      const answer = bus.request(subject, question, ANSWERED_WITHIN_MS);
      question.fill(0);

      expect(text(await answer)).toBe("onswer");
    });

    test("a question where nobody answers is UNAVAILABLE at once", async () => {
      const startedMs = performance.now();

      await expect(bus.request(subject, bytes("hi"), 60_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });

      expect(performance.now() - startedMs).toBeLessThan(ANSWERED_WITHIN_MS);
    });

    test("questions on their way when the answerer stops are answered or UNAVAILABLE, and none is left", async () => {
      const answering = await bus.answer(subject, async (data) => data);
      const asked = Array.from({ length: 50 }, (_, i) => bus.request(subject, bytes(String(i)), ANSWERED_WITHIN_MS));

      answering.stop();

      const ends = await Promise.allSettled(asked);
      const refused = ends.flatMap((end) => (end.status === "rejected" ? [(end.reason as { code: string }).code] : []));
      expect(refused).toEqual(refused.map(() => "UNAVAILABLE"));
    });

    test("a question without an answer in time is OUTCOME_UNKNOWN", async () => {
      await bus.answer(subject, () => new Promise(() => {}));

      await expect(bus.request(subject, bytes("hi"), 20)).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    });

    test("an answerer that fails is reported, and its asker told OUTCOME_UNKNOWN", async () => {
      await bus.answer(subject, async () => {
        throw new Error("boom");
      });

      const answer = bus.request(subject, bytes("hi"), ANSWERED_WITHIN_MS);

      await expect(answer).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
      await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
    });

    test("a second answerer takes the subject over, and the first one's stop leaves it there", async () => {
      const first = await bus.answer(subject, async () => bytes("first"));
      await bus.answer(subject, async () => bytes("second"));
      first.stop();

      expect(text(await bus.request(subject, bytes("hi"), ANSWERED_WITHIN_MS))).toBe("second");
    });

    test("after an answerer's stop nobody answers", async () => {
      const answering = await bus.answer(subject, async (data) => data);
      answering.stop();

      await expect(bus.request(subject, bytes("hi"), ANSWERED_WITHIN_MS)).rejects.toMatchObject({
        code: "UNAVAILABLE",
      });
    });

    test("after close everything is UNAVAILABLE, and a question under way OUTCOME_UNKNOWN", async () => {
      let asked = false;
      await bus.answer(subject, () => {
        asked = true;
        return new Promise(() => {});
      });
      const answer = bus.request(subject, bytes("hi"), 60_000);
      const unknown = expect(answer).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
      await vi.waitFor(() => expect(asked).toBe(true));

      await bus[Symbol.asyncDispose]();

      await unknown;
      expect(() => bus.publish(subject, bytes("x"))).toThrow(/^UNAVAILABLE/);
      await expect(bus.request(subject, bytes("x"), 100)).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(bus.subscribe(subject, () => {})).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });
  });
}
