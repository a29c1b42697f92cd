#!/usr/bin/env node
import { runProgram } from './cli/program.ts';

if (import.meta.main) process.exitCode = await runProgram(process.argv.slice(2));
