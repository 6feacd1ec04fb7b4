extension Page {
  static let style = """

    :root { --ink:#1c2024; --soft:#687076; --line:#e3e6e8; --page:#fafbfb; --card:#fff;
      --accent:#0f766e; --other:#c2410c; color-scheme: light dark; }
    @media (prefers-color-scheme: dark) { :root { --ink:#eceef0; --soft:#9ba1a6; --line:#2f3437;
      --page:#121416; --card:#1a1d1f; --accent:#2dd4bf; --other:#fb923c; } }
    * { box-sizing: border-box }
    body { margin:0; background:var(--page); color:var(--ink);
      font:16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif }
    header, main { max-width:1120px; margin:0 auto; padding:0 24px }
    header { padding-top:48px }
    h1 { font-size:40px; line-height:1.15; letter-spacing:-.02em; margin:0 0 8px }
    h2 { font-size:20px; margin:0 0 12px }
    h3 { font-size:13px; font-weight:500; color:var(--soft); margin:0 }
    section { margin:40px 0 }
    code, td { overflow-wrap:anywhere }
    .kicker { color:var(--accent); font-weight:600; margin:0 0 4px }
    .lead, .note, figcaption, small, dd { color:var(--soft) }
    .lead, .note { margin:0 0 16px }
    .tiles { display:grid; gap:12px; grid-template-columns:repeat(auto-fit, minmax(180px, 1fr)) }
    .tile, article, figure, .problems { background:var(--card); border:1px solid var(--line);
      border-radius:12px }
    .tile { padding:16px }
    .tile b { display:block; font-size:28px; line-height:1.3; font-variant-numeric:tabular-nums }
    .problems { padding:12px 16px; border-color:var(--other) }
    summary { cursor:pointer; font-weight:600 }
    .split { display:grid; gap:32px; grid-template-columns:minmax(280px, 380px) 1fr }
    @media (max-width:760px) { .split { grid-template-columns:1fr } }
    figure { margin:0; padding:16px }
    figcaption { font-size:14px }
    svg { width:100%; height:auto; font-size:12px }
    .wide { margin:24px -24px } .panels .page { fill:none }
    dt { font-weight:600; margin-top:12px } dd { margin:0 } dd small { display:block }
    .cases { display:grid; gap:12px; grid-template-columns:repeat(auto-fill, minmax(480px, 1fr)) }
    @media (max-width:560px) { .cases { grid-template-columns:1fr } }
    article { padding:12px } article p { margin:8px 0 0; font-size:14px; color:var(--soft) }
    article b { color:var(--ink); margin-right:8px; font-variant-numeric:tabular-nums }
    article.win b::before { content:"● "; color:var(--accent) }
    article.loss b::before { content:"● "; color:var(--other) }
    .pictures { display:grid; gap:8px; grid-template-columns:repeat(4, 1fr); align-items:end;
      font-size:12px; text-align:center; color:var(--soft) }
    .pictures img { display:block; width:100%; border-radius:6px; margin-bottom:4px }
    table { border-collapse:collapse; width:100%; font-size:14px }
    th, td { text-align:left; vertical-align:top; padding:6px 16px 6px 0;
      border-top:1px solid var(--line) }
    th { font-weight:500; color:var(--soft); white-space:nowrap }
    .scroll { overflow-x:auto }
    .numbers { width:auto; min-width:100% }
    .numbers thead th { white-space:normal; vertical-align:bottom }
    .numbers td { white-space:nowrap; font-variant-numeric:tabular-nums }
    .numbers td small { display:block }
    .measured { background:var(--card) } .measured th, .measured td { font-weight:600 }
    .better { color:var(--accent) } .worse { color:var(--other) }
    h3.table { font-size:15px; color:var(--ink); margin:20px 0 8px }

    """
}
