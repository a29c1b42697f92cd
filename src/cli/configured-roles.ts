import type { RoleDefinitions } from '../authorization/roles.ts';
import { readConfig } from '../config/read-config.ts';
import { readRoles } from '../config/roles-file.ts';

/** The roles of the service and of ROLES_FILE, as the settings in the environment have them. */
export function configuredRoles(): RoleDefinitions {
  // biome-ignore lint/style/noProcessEnv: the command line has no other configuration
  return readRoles(readConfig(process.env).ROLES_FILE);
}
