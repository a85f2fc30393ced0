import type { Link } from '@clickledger/contract';
import { Download } from 'lucide-react';
import { saveFile } from '../../export/save.js';
import { Button } from '../../ui/Button.js';
import { CopyButton } from '../../ui/CopyButton.js';
import { QrCode, qrPath } from '../../ui/QrCode.js';
import { linkName, linkUrl } from './link-url.js';

/** Empty squares around the code. Source: ISO/IEC 18004 asks for four. */
const BORDER = 4;
/** Pixels a square: of a code that is printed. */
const SCALE = 16;

/** A link's QR code on screen and as a file. Loaded lazily, so it is the default export. */
export default function QrPicture({ link }: { link: Link }) {
  const url = linkUrl(link);
  const name = `clickledger-qr-${link.slug}`;
  const saveSvg = () => {
    const { path, size } = qrPath(url, BORDER);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size * SCALE}" height="${size * SCALE}" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d="${path}"/></svg>`;
    saveFile(`${name}.svg`, svg, 'image/svg+xml');
  };
  const savePng = () => {
    const { path, size } = qrPath(url, BORDER);
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = size * SCALE;
    const context = canvas.getContext('2d');
    if (!context) return;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.scale(SCALE, SCALE);
    context.fillStyle = '#000';
    context.fill(new Path2D(path));
    canvas.toBlob((blob) => blob && saveFile(`${name}.png`, blob, 'image/png'), 'image/png');
  };
  return (
    <div className="flex flex-col items-center gap-4">
      <QrCode text={url} label={`QR code of ${linkName(link)}`} border={BORDER} />
      <p className="flex max-w-full flex-wrap items-center justify-center gap-2 text-sm">
        <span className="min-w-0 break-all font-mono text-xs">{url}</span>
        <CopyButton text={url} label="Copy link" />
      </p>
      <div className="flex gap-2">
        <Button data-testid="qr-svg" onClick={saveSvg}>
          <Download aria-hidden="true" />
          SVG
        </Button>
        <Button data-testid="qr-png" onClick={savePng}>
          <Download aria-hidden="true" />
          PNG
        </Button>
      </div>
    </div>
  );
}
