/** The engines that are run as workloads, in the order of the registry. */
import type { EngineName } from '../../../../schemas/engines/index.ts';
import { mosquitto } from './mosquitto.ts';
import { postgresql } from './postgresql.ts';
import { qdrant } from './qdrant.ts';
import { rabbitmq } from './rabbitmq.ts';
import type { MakeRecipe } from './recipe.ts';
import { redis } from './redis.ts';

export const RECIPES: Readonly<Partial<Record<EngineName, MakeRecipe>>> = {
  postgresql,
  redis,
  qdrant,
  mosquitto,
  rabbitmq,
};
