// What the visitor sees while the page's own program arrives, and when it cannot start.

export default function initializer() {
  const say = (text) => {
    const place = document.getElementById('splash-text');
    if (place) place.textContent = text;
  };
  return {
    onFailure: () => say('The page could not start. Reload it; if that does not help, this browser lacks WebAssembly SIMD (all browsers have it since 2023).'),
  };
}
