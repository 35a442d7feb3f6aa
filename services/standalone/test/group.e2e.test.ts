import { startBench } from "./bench.ts";
import { groupContract } from "./group.contract.ts";

groupContract(startBench);
