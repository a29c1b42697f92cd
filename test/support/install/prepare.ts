import { installApollo } from '../../prefect1/apollo.ts';
import { requirePrograms } from './install.ts';
import { requireNewestProgram } from './newest-program.ts';
import { programs } from './programs.ts';

// Before the tests, which run at the same time and would all install at once.
requirePrograms(...Object.values(programs).flat());
for (const path of ['sbin/nginx', 'bin/curl']) requireNewestProgram(path);
installApollo();
