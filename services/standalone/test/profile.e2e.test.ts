import { startBench } from "./bench.ts";
import { profileContract } from "./profile.contract.ts";

profileContract(startBench);
