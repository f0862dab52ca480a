import { useMemo } from 'react';
import { LOOKS } from '../../builder/canvas/looks';
import type { FlowDocument } from '../../builder/model/document';
import { CARD_WIDTH, guessedHeight, layout } from '../../builder/model/layout';
import classes from './flows.module.css';

const MARGIN = 24;
const ROUND = 24;

/** A flow from far away: which elements it has and how they follow each other. */
export function FlowShape({ document }: { document: FlowDocument }) {
  const { cards, ways, box } = useMemo(() => shapeOf(document), [document]);
  return (
    <svg className={classes.shape} viewBox={box} preserveAspectRatio="xMidYMid meet" aria-hidden>
      {ways.map(({ key, path }) => (
        <path key={key} d={path} />
      ))}
      {cards.map(({ id, x, y, height, color }) => (
        <rect key={id} x={x} y={y} width={CARD_WIDTH} height={height} rx={ROUND} fill={color} />
      ))}
    </svg>
  );
}

function shapeOf(document: FlowDocument) {
  const places = layout(document);
  const cards = document.elements.map((element) => ({
    id: element.id,
    ...(places.get(element.id) ?? { x: 0, y: 0 }),
    height: guessedHeight(element),
    color: `var(--mantine-color-${LOOKS[element.type].color}-filled)`,
  }));
  const byId = new Map(cards.map((card) => [card.id, card]));
  const ways = document.edges.flatMap((edge) => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const [x1, y1, x2, y2] = [from.x + CARD_WIDTH, from.y + from.height / 2, to.x, to.y + to.height / 2];
    const bend = Math.max(48, Math.abs(x2 - x1) / 2);
    const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    return [{ key: `${edge.from} ${edge.output}`, path }];
  });
  const left = Math.min(...cards.map((card) => card.x)) - MARGIN;
  const top = Math.min(...cards.map((card) => card.y)) - MARGIN;
  const width = Math.max(...cards.map((card) => card.x + CARD_WIDTH)) + MARGIN - left;
  const height = Math.max(...cards.map((card) => card.y + card.height)) + MARGIN - top;
  return { cards, ways, box: `${left} ${top} ${width} ${height}` };
}
