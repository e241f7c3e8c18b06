import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

// Words people read stand in src/i18n only, so that there is a second language and one place to correct them.
const shown = 'Put words that people read into src/i18n and show them through t().';
const letters = '/\\p{L}/u';

export default ts.config(
  { ignores: ['node_modules', 'dist'] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.tsx'],
    ...hooks.configs.flat.recommended,
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/api.ts', 'src/**/*.test.*', 'src/test/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'EventSource', 'XMLHttpRequest'].map((name) => ({
          name,
          message: 'Only src/api.ts speaks to the server.',
        })),
      ],
    },
  },
  {
    files: ['src/**/*.tsx'],
    ignores: ['src/**/*.test.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: `JSXText[value=${letters}]`, message: shown },
        { selector: `JSXExpressionContainer > Literal[value=${letters}]:not(JSXAttribute *)`, message: shown },
        {
          selector: `JSXAttribute[name.name=/^(aria-label|aria-description|aria-roledescription|title|alt|placeholder|label)$/] > Literal`,
          message: shown,
        },
        {
          selector: 'JSXAttribute[name.name="style"]',
          message: 'Styles stand in src/styles; the content security policy allows no others.',
        },
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Text from the server is text.',
        },
      ],
    },
  },
  {
    // Preact draws these; the rules for React's compiler do not hold there.
    files: ['src/form/{fields,repeat}.tsx'],
    rules: { 'react-hooks/immutability': 'off', 'react-hooks/refs': 'off' },
  },
  { files: ['**/*.js'], ...ts.configs.disableTypeChecked },
);
