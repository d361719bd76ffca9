// Two comforts: pictures that load when the reader comes near, and a lamp.
(function () {
  'use strict';

  function show(picture) {
    picture.srcset = picture.dataset.srcset;
    picture.src = picture.dataset.src;
    picture.classList.remove('lazy');
  }

  var waiting = document.querySelectorAll('img.lazy');
  if ('IntersectionObserver' in window) {
    var watch = new IntersectionObserver(function (seen) {
      seen.forEach(function (one) {
        if (one.isIntersecting) {
          show(one.target);
          watch.unobserve(one.target);
        }
      });
    }, { rootMargin: '300px' });
    waiting.forEach(function (picture) { watch.observe(picture); });
  } else {
    waiting.forEach(show);
  }

  var root = document.documentElement;
  var lamp = document.querySelector('.lamp');

  function isDark() {
    var chosen = root.dataset.light;
    return chosen ? chosen === 'off' : matchMedia('(prefers-color-scheme: dark)').matches;
  }

  // The icons' addresses come from the page, which knows where the site is.
  function paint() {
    lamp.firstElementChild.src = isDark() ? ink.sun : ink.moon;
  }

  function remember(choice) {
    try { localStorage.setItem('light', choice); } catch (e) { /* private window: it lasts for this page */ }
  }

  try {
    var kept = localStorage.getItem('light');
    if (kept) { root.dataset.light = kept; }
  } catch (e) { /* nothing was kept */ }

  lamp.hidden = false;
  lamp.addEventListener('click', function () {
    root.dataset.light = isDark() ? 'on' : 'off';
    remember(root.dataset.light);
    paint();
  });
  paint();
})();
