import { startBench } from "./bench.ts";
import { replayContract } from "./replay.contract.ts";

replayContract(startBench);
