/**
 * The procedures of the product as they stand in `workflows/`: `process.bpmn` by folder, and every text file by path.
 */
const raw = import.meta.glob<string>('../../../../workflows/*/*.{bpmn,form,dmn}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const parts = (path: string) => path.split('/').slice(-2) as [folder: string, name: string];

/** Files of one procedure by name. */
export const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(raw).flatMap(([path, text]) => {
      const [of, name] = parts(path);
      return of === folder ? [[name, text]] : [];
    }),
  );

export const processes = new Map(
  Object.entries(raw).flatMap(([path, text]) => {
    const [folder, name] = parts(path);
    return name === 'process.bpmn' ? [[folder, text] as const] : [];
  }),
);
