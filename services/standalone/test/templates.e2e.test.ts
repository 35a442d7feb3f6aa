import { startBench } from "./bench.ts";
import { templatesContract } from "./templates.contract.ts";

templatesContract(startBench);
