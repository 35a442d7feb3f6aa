import { startBench } from "./bench.ts";
import { devicesContract } from "./devices.contract.ts";

devicesContract(startBench);
