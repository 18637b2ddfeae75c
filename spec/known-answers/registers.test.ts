import { describe, expect, test } from 'vitest';
import { explore } from '../../model/index.ts';
import { abd } from './abd.ts';
import { paxos } from './paxos.ts';
import { registerSystem, singleCopy } from './registers.ts';

describe('known answers: replicated registers (Stateright)', () => {
  test('one single-copy server, 2 clients: 93 states, linearizable', async () => {
    const result = await explore(registerSystem('single copy', singleCopy, 1, 2));
    expect(result).toMatchObject({ verdict: 'ok', exhaustive: true, states: 93 });
  });

  test('two single-copy servers: not linearizable, shown in 4 steps', async () => {
    const result = await explore(registerSystem('two copies', singleCopy, 2, 2));
    expect(result).toMatchObject({ verdict: 'violation', violation: { name: 'linearizable' } });
    expect(result.trace?.steps).toHaveLength(4);
  });

  test('ABD, 2 clients, 2 servers: 544 states, linearizable', async () => {
    const result = await explore(registerSystem('ABD', abd(2), 2, 2));
    expect(result).toMatchObject({ verdict: 'ok', exhaustive: true, states: 544 });
  });

  test('Paxos, 2 clients, 3 servers: 16,668 states, linearizable', async () => {
    const result = await explore(registerSystem('paxos', paxos(3), 3, 2), { search: 'depth' });
    expect(result).toMatchObject({ verdict: 'ok', exhaustive: true, states: 16_668 });
  });
});
