/** What a client does after a close: reconnect with its cursors, get a token first, or stop. */
export type CloseAction = "reconnect" | "renew" | "stop";

type CloseSpec = { readonly code: number; readonly action: CloseAction; readonly text: string };

/** Every code the server closes a WebSocket with. 1006 counts as `reconnect`. */
export const CLOSE_CODES = {
  DRAIN: { code: 4000, action: "reconnect", text: "server is going away" },
  SLOW_CONSUMER: { code: 4001, action: "reconnect", text: "client reads too slowly" },
  HEARTBEAT: { code: 4002, action: "reconnect", text: "client was silent too long" },
  INTERNAL: { code: 4003, action: "reconnect", text: "internal error" },
  OVERLOAD: { code: 4004, action: "reconnect", text: "server is overloaded" },
  FLOOD: { code: 4005, action: "reconnect", text: "client sends too fast" },
  TOKEN_EXPIRED: { code: 4100, action: "renew", text: "token expired" },
  AUTH_CHANGED: { code: 4101, action: "renew", text: "sign-in was revoked" },
  PROTOCOL: { code: 4400, action: "stop", text: "protocol error" },
  AUTH_FAILED: { code: 4401, action: "stop", text: "sign-in failed or came too late" },
  BLOCKED: { code: 4403, action: "stop", text: "account is blocked" },
  NO_PROTOCOL: { code: 4406, action: "stop", text: "no common protocol" },
  REPLACED: { code: 4409, action: "stop", text: "replaced by a newer connection of this device" },
  TOO_OLD: { code: 4426, action: "stop", text: "client is too old" },
} as const satisfies Record<string, CloseSpec>;

export type CloseName = keyof typeof CLOSE_CODES;
