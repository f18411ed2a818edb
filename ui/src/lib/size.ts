/**
 * Attachment that tells the inner size of an element, one frame after it changed. Told at once, a page that answers by
 * growing makes the observer fire again in the same frame, which the webview reports as an error.
 */
export function watchSize(
  tell: (width: number, height: number) => void,
): (element: HTMLElement) => () => void {
  return (element) => {
    let frame = 0;
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => tell(element.clientWidth, element.clientHeight));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  };
}
