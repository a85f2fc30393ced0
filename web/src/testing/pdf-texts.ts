import { decodePDFRawStream, PDFArray, PDFDocument, PDFRawStream } from 'pdf-lib';

/** PDF's strings, byte by byte. */
const latin1 = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);

/** The texts of each page of a PDF, a line each, one page after the other. What is drawn as a picture is no text. */
export async function textsOf(bytes: Uint8Array): Promise<string[]> {
  const document = await PDFDocument.load(bytes);
  return document.getPages().map((page) => {
    const contents = page.node.Contents();
    const streams = contents instanceof PDFArray ? contents.asArray() : [contents];
    const code = streams
      .map((one) => {
        const stream = one && document.context.lookup(one as never);
        return stream instanceof PDFRawStream ? latin1(decodePDFRawStream(stream).decode()) : '';
      })
      .join('\n');
    return [...code.matchAll(/<([0-9A-Fa-f]+)> Tj/g)]
      .map(([, hex = '']) =>
        latin1(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))),
      )
      .join('\n');
  });
}
