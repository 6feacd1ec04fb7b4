// Marks over a picture, seen on every picture: white on black.

/** A dashed or whole line along a path. */
export function outline(context, dash, path) {
  context.beginPath();
  path();
  context.setLineDash([]);
  context.lineWidth = 3;
  context.strokeStyle = 'rgb(0 0 0 / .5)';
  context.stroke();
  context.setLineDash(dash);
  context.lineWidth = 1.5;
  context.strokeStyle = '#ffffff';
  context.stroke();
  context.setLineDash([]);
}

/** A short text on a dark ground; `isLeft` ends it at the place instead of beginning it there. */
export function label(context, text, { x, y }, isLeft = false) {
  context.font = `500 12px ${getComputedStyle(document.body).fontFamily}`;
  const width = context.measureText(text).width + 16;
  const left = isLeft ? x - width : x;
  context.fillStyle = 'rgb(20 18 16 / .86)';
  context.beginPath();
  context.roundRect(left, y, width, 22, 6);
  context.fill();
  context.fillStyle = '#ffffff';
  context.textBaseline = 'middle';
  context.fillText(text, left + 8, y + 11.5);
}

/** A line between before and after, with a handle and what stands on its sides. */
export function divider(context, x, top, bottom) {
  outline(context, [], () => {
    context.moveTo(x, top);
    context.lineTo(x, bottom);
  });
  label(context, 'Before', { x: x - 8, y: top + 8 }, true);
  label(context, 'After', { x: x + 8, y: top + 8 });
  const middle = (top + bottom) / 2;
  context.fillStyle = '#ffffff';
  context.beginPath();
  context.arc(x, middle, 13, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = '#26241f';
  context.lineWidth = 1.8;
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(x + side * 3, middle - 4);
    context.lineTo(x + side * 7, middle);
    context.lineTo(x + side * 3, middle + 4);
  }
  context.stroke();
}
