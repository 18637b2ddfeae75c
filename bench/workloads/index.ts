import { profile } from '../profile.ts';
import type { Workload } from '../workload.ts';
import { basic } from './basic.ts';
import { micro } from './micro.ts';
import { model } from './model.ts';
import { modelLarge } from './model-large.ts';

/** Every workload, the one that runs by default first. */
export const WORKLOADS: readonly Workload[] = [basic, profile, micro, model, modelLarge];
