import type { GuildhallServer } from "../processes/servers.ts";

/** What every scenario has round it. */
export type Surroundings = {
  /** For the processes it starts. */
  readonly env: NodeJS.ProcessEnv;
  /** The system to drive; none: one of its own is started. */
  readonly where: GuildhallServer | undefined;
  /** The operator key of that system. */
  readonly operatorKey: string | undefined;
  /** Tells people what goes on. */
  readonly say: (text: string) => void;
};
