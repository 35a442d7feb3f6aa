import { AppError } from "@guildhall/kernel";
import type { ErrorCode } from "@guildhall/proto/tables";

type FrameErrorOptions = {
  /** The frame's own request id, where it could be read: the answer echoes it. */
  readonly request?: number | undefined;
  readonly d?: unknown;
  readonly cause?: unknown;
};

/** A frame that cannot be accepted. Codes: `BAD_FRAME`, `BAD_ARGS`, `UNKNOWN_METHOD`, `TOO_LARGE`. */
export class FrameError extends AppError {
  readonly request: number | undefined;

  constructor(code: ErrorCode, detail: string, options: FrameErrorOptions = {}) {
    super(code, detail, { d: options.d, cause: options.cause });
    this.request = options.request;
  }
}
