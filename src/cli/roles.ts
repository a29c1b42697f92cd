import { Command } from 'commander';
import { describeAmounts, describeWorthlessExclusions } from '../amounts/describe-amounts.ts';
import { compilePolicy, covers } from '../authorization/policy.ts';
import { inheritedRoles, type RoleDefinition, type RoleDefinitions } from '../authorization/roles.ts';
import { prefectOperations } from '../requests/rest/prefect-routes.ts';
import { configuredRoles } from './configured-roles.ts';
import { print } from './print.ts';

export function createRolesCommand(): Command {
  return new Command('roles')
    .description('Show the roles that a key can have: `--role viewer`, or `role:viewer` among its scopes.')
    .addCommand(createListCommand())
    .addCommand(createShowCommand());
}

function createListCommand(): Command {
  return new Command('list')
    .description('List the roles, those of ROLES_FILE included.')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) => {
      const roles = configuredRoles();
      const width = Math.max(...Object.keys(roles).map((name) => name.length));
      const lines = Object.entries(roles).map(([name, role]) => `${name.padEnd(width)}  ${role.description}\n`);
      print(json ? `${JSON.stringify(roles)}\n` : lines.join(''));
    });
}

function createShowCommand(): Command {
  return new Command('show')
    .description('Show what a role may do, and why.')
    .argument('<role>', 'its name, as `roles list` shows it')
    .option('--json', 'print JSON: every operation of Prefect 2 and 3 that it may do')
    .action((name: string, { json }: { json?: boolean }, command: Command) => {
      const roles = configuredRoles();
      const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
      if (role === undefined) command.error(`error: there is no role "${name}"; \`roles list\` shows them`);
      print(
        json
          ? `${JSON.stringify({ name, operations: operationsOf(roles, name), amountsTo: amountsOf(roles, name) })}\n`
          : describe(roles, name),
      );
    });
}

function operationsOf(roles: RoleDefinitions, name: string): string[] {
  const policy = compilePolicy(`role:${name}`, roles);
  return prefectOperations.filter((operation) => covers(policy, operation, { operations: [operation] }));
}

/** What the role amounts to, and which of its exclusions do not help. */
function amountsOf(roles: RoleDefinitions, name: string): string[] {
  return [...describeAmounts(compilePolicy(`role:${name}`, roles)), ...describeWorthlessExclusions(roles, name)];
}

function describe(roles: RoleDefinitions, name: string): string {
  const lineage = inheritedRoles(roles, name);
  const parts = lineage.map((each) => describeGrants(each, roles[each] as RoleDefinition, each === name));
  const count = operationsOf(roles, name).length;
  const amounts = amountsOf(roles, name).map((sentence) => `${sentence}\n`);
  return `${name}: ${roles[name]?.description}\n${parts.join('')}\n${amounts.join('')}${count} of Prefect's ${prefectOperations.length} operations; --json lists them.\n`;
}

function describeGrants(name: string, role: RoleDefinition, isOwn: boolean): string {
  const except = role.excludes?.length ? `  except ${role.excludes.join(', ')}\n` : '';
  const grants = role.grants.map(
    ({ scopes, why }) => `\n  ${why}\n${scopes.map((scope) => `    ${scope}\n`).join('')}`,
  );
  return `${isOwn ? '' : `\nAs ${name}:\n`}${grants.join('')}${except && `\n${except}`}`;
}
