/**
 * Codes of the resolve stage: documents that are well formed but do not fit together.
 */
import type { CodeInfo } from '../diagnostic.ts';

export const resolveCodes = [
  {
    code: 'SW-301',
    severity: 'error',
    title: 'A reference leads nowhere',
    why: 'The name stands for something that no document defines, so nothing can be generated for it.',
    hint: 'Correct the name, or add the document that defines it.',
  },
  {
    code: 'SW-302',
    severity: 'error',
    title: 'References form a circle',
    why: 'Each waits for the next, so none of them can ever take over or start.',
    hint: 'Break the circle at one of the places shown.',
  },
  {
    code: 'SW-303',
    severity: 'error',
    title: 'Two documents have the same kind and name',
    why: 'One of them would silently win.',
    hint: 'Rename or remove one of the two.',
  },
  {
    code: 'SW-304',
    severity: 'error',
    title: 'A document belongs to a system that does not exist',
    why: 'Without its system it would be left out without a word.',
    hint: 'Correct `metadata.system`, or add the System document.',
  },
  {
    code: 'SW-305',
    severity: 'error',
    title: 'A system has no environment',
    why: 'Everything is generated for an environment, so nothing would be made.',
    hint: 'Add an Environment document for the system.',
  },
  {
    code: 'SW-306',
    severity: 'error',
    title: 'Two things in one service or system have the same name',
    why: 'Names become file names, labels and alert names, where one would overwrite the other.',
    hint: 'Give one of them another `name`.',
  },
  {
    code: 'SW-307',
    severity: 'error',
    title: 'One zone is declared with two different budgets',
    why: 'Routes with the same zone share one counter, which can have only one rate.',
    hint: 'Declare the zone once in the system, and refer to it by name.',
  },
  {
    code: 'SW-308',
    severity: 'error',
    title: 'A quantity cannot be used',
    why: 'The figure is outside of what the targets can express.',
    hint: 'Write a figure in the range and form shown.',
  },
  {
    code: 'SW-309',
    severity: 'error',
    title: 'An environment loosens what the system declares',
    why: 'Environments may restrict and resize; a looser limit in one environment would be invisible where the limit is declared.',
    hint: 'Raise the declared value, or lower the one of the environment.',
  },
  {
    code: 'SW-310',
    severity: 'error',
    title: 'The bounds of a scale are the wrong way round',
    why: 'No number of replicas lies between them.',
    hint: 'Make `max` at least `min`.',
  },
  {
    code: 'SW-311',
    severity: 'error',
    title: 'The spec is looser than a policy',
    why: 'The organisation demands more than the document promises.',
    hint: 'Meet the policy, or ask its owner to change it.',
  },
  {
    code: 'SW-312',
    severity: 'error',
    title: 'An open question names a field that does not exist',
    why: 'Nobody would ever be reminded of it.',
    hint: 'Correct the path in `field`.',
  },
  {
    code: 'SW-313',
    severity: 'error',
    title: 'A setting needs another one',
    why: 'On its own it has no effect, so the promise behind it would not be kept.',
    hint: 'Add the missing setting.',
  },
  {
    code: 'SW-330',
    severity: 'error',
    title: 'A route is for a host that the environment does not have',
    why: 'No server of nginx would answer for it, so nobody could call the route.',
    hint: 'Name a domain of the environment, by its name or its host.',
  },
  {
    code: 'SW-333',
    severity: 'info',
    title: 'A checklist is kept by nothing yet',
    why: 'Its items read like something that is checked, and nothing here looks at them.',
    hint: 'Go through it by hand until a command does.',
  },
] as const satisfies readonly CodeInfo[];
