/**
 * What can be wrong with the shape of a document: SW-201 to SW-299.
 *
 * Owns the permanent codes of the validate stage. A retired code leaves a gap and is never given out again.
 */
import type { CodeInfo } from '../diagnostic.ts';

export const VALIDATE = {
  apiVersionMissing: {
    code: 'SW-201',
    severity: 'error',
    title: 'A document does not say its apiVersion',
    why: 'The version decides what every field means; without it a later compiler could read the document differently.',
    hint: 'Add `apiVersion: seaworthy.dev/v1alpha1` as the first line.',
  },
  apiVersionUnknown: {
    code: 'SW-202',
    severity: 'error',
    title: 'The apiVersion is not supported',
    why: 'A document of another version may mean something else by the same words.',
    hint: 'Write `apiVersion: seaworthy.dev/v1alpha1`, or use a compiler that knows this version.',
  },
  kindMissing: {
    code: 'SW-203',
    severity: 'error',
    title: 'A document does not say its kind',
    why: 'The kind decides which fields a document has.',
    hint: 'Add a line such as `kind: Service`.',
  },
  kindUnknown: {
    code: 'SW-204',
    severity: 'error',
    title: 'The kind is not known',
    why: 'A document of an unknown kind would be left out, and with it everything that it promises.',
    hint: 'Use one of the known kinds, or move the document out of the spec directory.',
  },
  unknownField: {
    code: 'SW-205',
    severity: 'error',
    title: 'A field is not known',
    why: 'A misspelt field would be ignored, and production would run without what it asks for.',
    hint: 'Correct the name, or remove the field.',
  },
  missingField: {
    code: 'SW-206',
    severity: 'error',
    title: 'A required field is missing',
    why: 'Its value cannot be known by the compiler, and inventing one could break production.',
    hint: 'Add the field.',
  },
  wrongType: {
    code: 'SW-207',
    severity: 'error',
    title: 'A value has the wrong type',
    why: 'The value cannot be what the field means.',
    hint: 'Write a value of the expected type.',
  },
  notAllowed: {
    code: 'SW-208',
    severity: 'error',
    title: 'A value is not one of those allowed',
    why: 'The field knows a fixed set of values; any other has no meaning.',
    hint: 'Use one of the allowed values.',
  },
  unitMissing: {
    code: 'SW-209',
    severity: 'error',
    title: 'A quantity has no unit',
    why: 'Whether `15` means seconds, minutes or milliseconds must not be guessed.',
    hint: 'Write the unit directly behind the number.',
  },
  unitUnknown: {
    code: 'SW-210',
    severity: 'error',
    title: 'A quantity has an unknown unit',
    why: 'A wrong unit changes a limit by orders of magnitude.',
    hint: 'Use one of the units that the field accepts.',
  },
  quantityUnreadable: {
    code: 'SW-211',
    severity: 'error',
    title: 'A quantity cannot be read',
    why: 'Without a number there is no limit, size or objective to keep.',
    hint: 'Write a number with its unit, as in the examples.',
  },
  quantityNegative: {
    code: 'SW-212',
    severity: 'error',
    title: 'A quantity is negative',
    why: 'No time, size, rate or share in the spec can be below zero.',
    hint: 'Remove the minus sign.',
  },
  outOfRange: {
    code: 'SW-213',
    severity: 'error',
    title: 'A number is out of range',
    why: 'The tools that get the number refuse it or do something else with it.',
    hint: 'Choose a number within the range.',
  },
  wrongCount: {
    code: 'SW-214',
    severity: 'error',
    title: 'A list or mapping has too few or too many entries',
    why: 'An empty or overlong list is nearly always something forgotten or pasted.',
    hint: 'Add or remove entries.',
  },
  repeatedItem: {
    code: 'SW-215',
    severity: 'error',
    title: 'An entry is repeated in a list',
    why: 'One of the two was probably meant to be something else.',
    hint: 'Remove or correct one of the two.',
  },
  badName: {
    code: 'SW-216',
    severity: 'error',
    title: 'A name is not valid',
    why: 'Names become Kubernetes objects, metric labels and file names, which all accept lower-case letters, digits and `-`.',
    hint: 'Use lower-case letters, digits and `-`, starting and ending with a letter or digit, at most 63 characters.',
  },
  badText: {
    code: 'SW-217',
    severity: 'error',
    title: 'A text does not have the expected form',
    why: 'The tools that get the text would refuse or misread it.',
    hint: 'Write the value in the expected form.',
  },
  unclearChoice: {
    code: 'SW-218',
    severity: 'error',
    title: 'A value fits none, or more than one, of its possible forms',
    why: 'The field offers a choice, and the compiler must not choose for you.',
    hint: 'Give exactly one of the possible forms.',
  },
  wrongLength: {
    code: 'SW-219',
    severity: 'error',
    title: 'A text is too short or too long',
    why: 'The tools that get the text limit its length.',
    hint: 'Change the length of the text.',
  },
  pathInName: {
    code: 'SW-220',
    severity: 'error',
    title: 'A name holds a path',
    why: 'Names become file names; a name with `/` or `..` could place files outside of the generated tree.',
    hint: 'Use lower-case letters, digits and `-` only.',
  },
  controlInText: {
    code: 'SW-221',
    severity: 'error',
    title: 'A text holds a control character',
    why: 'It would reach configuration files and terminals, where it can end a line or change what is displayed.',
    hint: 'Remove the escape sequence from the text.',
  },
  excludedField: {
    code: 'SW-222',
    severity: 'error',
    title: 'Fields that exclude or need each other',
    why: 'Only one of them can take effect, or one has no effect without the other.',
    hint: 'Remove one of the fields, or add the one that is needed.',
  },
  invalid: {
    code: 'SW-299',
    severity: 'error',
    title: 'A document does not fit its schema',
    why: 'The document breaks a rule of the schema that has no code of its own.',
    hint: 'Compare the field with its description in the schema.',
  },
} as const satisfies Record<string, CodeInfo>;

export const validateCodes: readonly CodeInfo[] = Object.values(VALIDATE);
