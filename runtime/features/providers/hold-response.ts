/**
 * A response of `fetch` that tells when its body is over.
 *
 * A provider works until the last byte, so the place of a call must be held until then; that its promise was kept only
 * means that the head is here.
 */

export type BodyEnd = 'complete' | 'broken' | 'dropped';

/** The same response, read as fast as its reader reads. `onEnd` is called once; for one without a body, at once. */
export function holdResponse(response: Response, onEnd: (end: BodyEnd) => void): Response {
  const { body, status, statusText, headers, url } = response;
  if (body === null) {
    onEnd('complete');
    return response;
  }
  const reader = body.getReader();
  const watched = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (value !== undefined) controller.enqueue(value);
          if (!done) return;
          onEnd('complete');
          controller.close();
        } catch (error) {
          onEnd('broken');
          controller.error(error);
        }
      },
      cancel(reason) {
        onEnd('dropped');
        return reader.cancel(reason);
      },
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );
  const held = new Response(watched, { status, statusText, headers });
  // A response that is made by hand has no address; readers of this one expect it.
  return Object.defineProperty(held, 'url', { value: url });
}
