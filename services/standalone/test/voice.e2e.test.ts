import { startBench } from "./bench.ts";
import { voiceContract } from "./voice.contract.ts";

voiceContract(startBench);
