import { z } from 'zod';
import { KEY_STATES } from '../../keys/key-state.ts';
import { MOST_CHARACTERS } from '../../storage/stored-text.ts';

const time = z.iso.datetime({ offset: true, error: 'must be a time with its zone, such as 2027-01-31T08:00:00Z' });
const moment = time.transform((text) => new Date(text));
const userName = z.string().describe('A user or a service account');
/** Bounded here already, because the check of scopes compares each of them with each other. */
const scopes = z
  .string()
  .max(MOST_CHARACTERS.scopes)
  .describe('What the key may do, comma or white space separated: role:runner, query/*');

/** Unknown fields are refused, so that a misspelt field is not taken for one that was left out. */
export const newKey = z
  .strictObject({
    user: userName,
    scopes,
    allowUnknown: z.boolean().default(false).describe('Accepts scopes for operations that this version does not know'),
    description: z.string().optional(),
    notBefore: moment.optional().describe('When it becomes valid; now if not given'),
    expiresAt: moment.describe("When it expires, no later than the caller's key"),
  })
  .meta({ title: 'NewKey' });

export const rotation = z
  .strictObject({
    graceSeconds: z.int().min(0).max(31_536_000).default(86_400).describe('How long the old key stays valid'),
    expiresAt: moment.optional().describe('When the new key expires; if not given, as long as the old key was given'),
  })
  .meta({ title: 'Rotation' });

export const revocation = z.strictObject({}).meta({ title: 'Revocation' });

export const filter = z.strictObject({
  user: userName.optional(),
  expiresBefore: moment.optional().describe('Only valid keys that expire before'),
  unusedSince: moment.optional().describe('Only keys that were neither used nor issued since'),
  after: z.string().optional().describe('The `next` of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const keyRecord = z
  .object({
    id: z.string(),
    user: z.string(),
    scopes: z.string(),
    description: z.string(),
    state: z.enum(KEY_STATES),
    notBefore: z.string(),
    expiresAt: z.string(),
    revokedAt: z.string().optional(),
    lastUsedAt: z.string().optional(),
    replacedBy: z.string().optional().describe('The id of the key that took its place'),
    createdAt: z.string().optional(),
    createdBy: z.string().optional(),
    updatedAt: z.string().optional(),
    updatedBy: z.string().optional(),
  })
  .meta({ title: 'Key' });

export const issuedKey = keyRecord
  .extend({ key: z.string().describe('The key itself, shown this once') })
  .meta({ title: 'IssuedKey' });

export const keyPage = z
  .object({ keys: z.array(keyRecord), next: z.string().optional().describe('Absent on the last page') })
  .meta({ title: 'KeyPage' });

export const problem = z.object({ reason: z.string().optional(), detail: z.string() }).meta({ title: 'Problem' });
