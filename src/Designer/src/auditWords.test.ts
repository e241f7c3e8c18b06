import { describe, expect, it } from 'vitest';
import { changesOf } from './auditWords';

describe('changesOf', () => {
  it('tells only the fields that differ', () => {
    const before = { userName: 'asowa', roles: ['assistant'], disabled: false };
    const after = { userName: 'asowa', roles: ['assistant', 'team_lead'], disabled: false, email: 'a@b.pl' };
    expect(changesOf(before, after)).toEqual([
      { field: 'roles', before: 'assistant', after: 'assistant, team_lead' },
      { field: 'email', before: '', after: 'a@b.pl' },
    ]);
  });

  it('tells all fields of something new, and a plain value without a name', () => {
    expect(changesOf(null, { limit: 12, reason: 'staż' })).toEqual([
      { field: 'limit', before: '', after: '12' },
      { field: 'reason', before: '', after: 'staż' },
    ]);
    expect(changesOf(15, 12)).toEqual([{ field: '', before: '15', after: '12' }]);
    expect(changesOf(null, null)).toEqual([]);
  });
});
