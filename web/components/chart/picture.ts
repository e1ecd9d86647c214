/** A chart as a PNG, drawn from what is on the page: its title, the names of its marks, and the marks. */

const SCALE = 2;
const MARGIN = 24;
const GAP = 12;
const LINE = 20;

/** What an element looks like through style sheets, which a picture of its own does not have. */
const LOOKS = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
] as const;

interface Piece {
  readonly height: number;
  draw(context: CanvasRenderingContext2D, top: number): void;
}

/**
 * Draws all panels of a chart below each other, twice as fine as on screen.
 * @param root holds the elements marked `data-panel`
 */
export async function pictureOf(root: HTMLElement, title: string): Promise<Blob> {
  const style = getComputedStyle(root);
  const panels = [...root.querySelectorAll<HTMLElement>('[data-panel]')];
  const width = Math.max(360, ...panels.map((panel) => panel.clientWidth));
  const rtl = style.direction === 'rtl';
  const page: Page = { width, rtl, colour: style.color, font: style.fontFamily };
  const pieces = [textPiece(page, title, `600 16px ${page.font}`)];
  for (const panel of panels) pieces.push(...(await panelPieces(page, panel)));

  const canvas = document.createElement('canvas');
  canvas.width = (width + 2 * MARGIN) * SCALE;
  canvas.height = (pieces.reduce((sum, { height }) => sum + height + GAP, 0) + 2 * MARGIN - GAP) * SCALE;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot draw.');
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--surface');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(SCALE, SCALE);
  context.translate(MARGIN, 0);
  let top = MARGIN;
  for (const piece of pieces) {
    piece.draw(context, top);
    top += piece.height + GAP;
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))),
      'image/png',
    ),
  );
}

interface Page {
  readonly width: number;
  readonly rtl: boolean;
  readonly colour: string;
  readonly font: string;
}

async function panelPieces(page: Page, panel: HTMLElement): Promise<Piece[]> {
  const plot = panel.querySelector<SVGSVGElement>('[data-plot] svg.recharts-surface');
  if (!plot) return [];
  const heading = panel.querySelector('[data-panel-title]')?.textContent ?? '';
  const legend = await legendPiece(page, [...panel.querySelectorAll<HTMLElement>('[data-legend]')]);
  const image = await imageOf(plot);
  return [
    textPiece(page, heading, `500 14px ${page.font}`),
    ...(legend ? [legend] : []),
    {
      height: plot.clientHeight,
      draw: (context, top) => context.drawImage(image, 0, top, plot.clientWidth, plot.clientHeight),
    },
  ];
}

function textPiece(page: Page, text: string, font: string): Piece {
  return {
    height: LINE,
    draw: (context, top) => write(context, page, text, font, page.rtl ? page.width : 0, top + LINE / 2),
  };
}

/** The names of the marks in lines, as many to a line as there is room for. */
async function legendPiece(page: Page, items: readonly HTMLElement[]): Promise<Piece | undefined> {
  if (items.length === 0) return undefined;
  const font = `13px ${page.font}`;
  const measure = document.createElement('canvas').getContext('2d');
  if (measure) measure.font = font;
  let [x, line] = [0, 0];
  const placed = await Promise.all(
    items.map(async (item) => {
      const mark = item.querySelector('svg');
      return { text: item.textContent ?? '', image: mark ? await imageOf(mark) : undefined };
    }),
  );
  const places = placed.map(({ text, image }) => {
    const width = 32 + (measure?.measureText(text).width ?? 0) + 18;
    if (x > 0 && x + width > page.width) [x, line] = [0, line + 1];
    const at = { text, image, x, line };
    x += width;
    return at;
  });
  return {
    height: (line + 1) * LINE,
    draw: (context, top) => {
      for (const { text, image, x, line } of places) {
        const middle = top + line * LINE + LINE / 2;
        if (image) context.drawImage(image, page.rtl ? page.width - x - 24 : x, middle - 6, 24, 12);
        write(context, page, text, font, page.rtl ? page.width - x - 32 : x + 32, middle);
      }
    },
  };
}

function write(
  context: CanvasRenderingContext2D,
  page: Page,
  text: string,
  font: string,
  x: number,
  y: number,
): void {
  context.font = font;
  context.fillStyle = page.colour;
  context.direction = page.rtl ? 'rtl' : 'ltr';
  context.textAlign = 'start';
  context.textBaseline = 'middle';
  context.fillText(text, x, y, page.width);
}

/** An image of an SVG element as it looks on the page. */
async function imageOf(svg: SVGSVGElement): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll<SVGElement>('*');
  for (const [index, element] of [...svg.querySelectorAll<SVGElement>('*')].entries()) {
    const looks = getComputedStyle(element);
    for (const name of LOOKS) copies[index]?.style.setProperty(name, looks.getPropertyValue(name));
  }
  // What follows the pointer is no part of the chart.
  for (const trace of copy.querySelectorAll('.recharts-tooltip-cursor, .recharts-active-dot')) trace.remove();
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(svg.clientWidth * SCALE));
  copy.setAttribute('height', String(svg.clientHeight * SCALE));
  if (!copy.hasAttribute('viewBox'))
    copy.setAttribute('viewBox', `0 0 ${svg.clientWidth} ${svg.clientHeight}`);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
