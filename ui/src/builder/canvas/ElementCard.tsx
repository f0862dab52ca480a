import { Handle, Position, type NodeProps } from '@xyflow/react';
import { IconAlertTriangleFilled, IconExclamationCircleFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { memo } from 'react';
import { useEditor, useEditorState } from '../editor';
import { useWords, type Words } from '../i18n';
import { outputsOf, type Element } from '../model/document';
import { worst } from '../model/problems';
import { LINES_MAX, outputLabel, summary, titleOf, type SummaryLine } from '../model/summary';
import { outputKey } from '../model/test-path';
import { useSummaryNames } from '../names';
import classes from './canvas.module.css';
import { LOOKS } from './looks';
import { useShape } from './shapes';

function Lines({ lines, words }: { lines: readonly SummaryLine[]; words: Words }) {
  if (lines.length === 0) return null;
  const shown = lines.length > LINES_MAX ? lines.slice(0, LINES_MAX - 1) : lines;
  return (
    <div className={classes.lines}>
      {shown.map((line, index) => (
        <p key={index} className={classes.line} data-look={line.look}>
          <span>{line.text}</span>
        </p>
      ))}
      {shown.length < lines.length && (
        <p className={classes.line} data-look="detail">
          {words.card.moreLines(lines.length - shown.length)}
        </p>
      )}
    </div>
  );
}

/** One output with the dot that a connection is drawn from. */
function Output({ element, output, words }: { element: Element; output: string; words: Words }) {
  const key = outputKey(element.id, output);
  const connected = useEditorState((state) => state.targets.has(key));
  const taken = useEditorState((state) => state.path.outputs.has(key));
  const count = useEditorState((state) => (state.counts === null ? null : (state.counts.left.get(key) ?? 0)));
  const share = useEditorState((state) => {
    const entered = state.counts?.entered.get(element.id) ?? 0;
    return count === null || entered === 0 ? null : Math.round((count / entered) * 100);
  });
  const label = outputLabel(element, output, words);
  return (
    <div className={classes.output} data-taken={taken || undefined} data-kind={output.split(':')[0]}>
      <span className={classes.outputLabel} title={label}>
        {label}
      </span>
      {count !== null && (
        <span className={classes.count}>
          {count.toLocaleString(words.locale)}
          {share === null ? '' : ` · ${share} %`}
        </span>
      )}
      <Handle
        type="source"
        position={Position.Right}
        id={output}
        className={classes.source}
        data-connected={connected || undefined}
      />
    </div>
  );
}

function Badges({ id, words }: { id: string; words: Words }) {
  const editor = useEditor();
  const counts = useEditorState((state) => state.counts);
  if (counts === null) return null;
  const waiting = counts.waiting.get(id) ?? 0;
  const errors = counts.errors.get(id) ?? 0;
  return (
    <div className={classes.badges}>
      <span className={classes.badge}>{words.card.entered(counts.entered.get(id) ?? 0)}</span>
      {waiting > 0 && (
        <button
          type="button"
          className={`${classes.badge} nodrag nopan`}
          data-look="waiting"
          title={words.waiting.show}
          onClick={(event) => {
            event.stopPropagation();
            editor.set({ waitingIn: id });
          }}
          onKeyDown={(event) => {
            // They press the button, and do not choose the card.
            if (event.key === 'Enter' || event.key === ' ') event.stopPropagation();
          }}
        >
          {words.card.waiting(waiting)}
        </button>
      )}
      {errors > 0 && (
        <span className={classes.badge} data-look="error">
          {words.card.errors(errors)}
        </span>
      )}
    </div>
  );
}

/** Where a card stands is not its own matter: a drag draws no card anew. */
const looksTheSame = (before: NodeProps, after: NodeProps) =>
  before.id === after.id && before.selected === after.selected;

/** An element on the canvas: what it is, what it does, and where it leads. */
export const ElementCard = memo(function ElementCard({ id, selected }: NodeProps) {
  const words = useWords();
  const element = useEditorState((state) => state.byId.get(id));
  const isStart = useEditorState((state) => state.document.start === id);
  const severity = useEditorState((state) => worst(state.problemsBy.get(id)));
  const onPath = useEditorState((state) => state.path.elements.has(id));
  const isAt = useEditorState((state) => state.path.at === id);
  const names = useSummaryNames();
  const outputs = element === undefined ? [] : outputsOf(element);
  useShape(id, outputs.join('\n'));
  if (element === undefined) return null;
  const { icon: Icon, color } = LOOKS[element.type];
  const title = titleOf(element, words);
  return (
    <div
      className={classes.card}
      data-type={element.type}
      data-selected={selected || undefined}
      data-path={onPath || undefined}
      data-at={isAt || undefined}
      style={
        {
          '--look': `var(--mantine-color-${color}-filled)`,
          '--look-soft': `var(--mantine-color-${color}-light)`,
          '--look-text': `var(--mantine-color-${color}-light-color)`,
        } as React.CSSProperties
      }
    >
      {isStart && (
        <span className={classes.start}>
          <IconPlayerPlayFilled size={10} aria-hidden /> {words.card.start}
        </span>
      )}
      <Handle type="target" position={Position.Left} id="in" className={classes.target} />
      <header className={classes.head}>
        <span className={classes.icon}>
          <Icon size={16} aria-hidden />
        </span>
        <span className={classes.titles}>
          <span className={classes.title}>{title}</span>
          {title !== words.types[element.type] && <span className={classes.type}>{words.types[element.type]}</span>}
        </span>
        {severity !== null && (
          <span className={classes.mark} data-severity={severity} title={words.card.problem}>
            {severity === 'error' ? <IconExclamationCircleFilled size={17} /> : <IconAlertTriangleFilled size={16} />}
          </span>
        )}
      </header>
      <Lines lines={summary(element, words, names)} words={words} />
      <div className={classes.outputs}>
        {outputs.map((output) => (
          <Output key={output} element={element} output={output} words={words} />
        ))}
      </div>
      <Badges id={id} words={words} />
    </div>
  );
}, looksTheSame);
