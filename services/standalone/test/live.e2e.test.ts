import { startBench } from "./bench.ts";
import { liveContract } from "./live.contract.ts";

liveContract(startBench);
