import { startBench } from "./bench.ts";
import { policiesContract } from "./policies.contract.ts";

policiesContract(startBench);
