import { startBench } from "./bench.ts";
import { featuresContract } from "./features.contract.ts";

featuresContract(startBench);
