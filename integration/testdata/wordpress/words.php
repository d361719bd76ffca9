<?php
// Text that looks like writing and is the same on every run.

const WORDS = [
	'en' => 'the server was slow that evening and nobody knew why until someone read the log line by line which took most of the night but in the end a small cache in front of the blog made every page come back within a second even though the line at home could hardly carry one picture at a time',
	'fr' => 'le soir où tout le monde est venu la ligne était trop étroite et le café déjà froid mais la page la plus légère arrivait quand même à temps grâce à une copie préparée la veille par quelqu’un de prévoyant',
	'ru' => 'вечером сервер отвечал всё медленнее и никто не понимал почему пока кто-то не прочитал журнал строку за строкой а потом простая копия сайта спасла всех читателей и хозяин наконец лёг спать',
	'zh' => '那天 晚上 服务器 越来越 慢 没有人 知道 为什么 直到 有人 一行 一行 地 读 日志 最后 一个 静态 副本 救了 所有 读者 主人 终于 可以 睡觉 了',
];

function words(string $language, int $count): string {
	$pool = explode(' ', WORDS[$language]);
	$picked = [];
	for ($i = 0; $i < $count; $i++) {
		$picked[] = $pool[mt_rand(0, count($pool) - 1)];
	}
	return implode($language === 'zh' ? '' : ' ', $picked);
}

function sentence(string $language): string {
	$text = words($language, mt_rand(7, 18));
	return mb_strtoupper(mb_substr($text, 0, 1)) . mb_substr($text, 1) . ($language === 'zh' ? '。' : '. ');
}

function paragraph(string $language): string {
	$text = '';
	for ($i = mt_rand(3, 6); $i > 0; $i--) {
		$text .= sentence($language);
	}
	return '<p>' . trim($text) . "</p>\n";
}

function code_block(): string {
	return '<pre class="wp-block-code"><code>for (i = 0; i &lt; n; i++) {' . "\n"
		. '    if (line[i] == "' . words('en', 1) . '" &amp;&amp; left &gt; ' . mt_rand(1, 99) . ") {\n"
		. '        fetch("https://elsewhere.example.net/?a=1&amp;b=2");' . "\n    }\n}</code></pre>\n";
}

function table(): string {
	$rows = '';
	for ($i = 0; $i < 4; $i++) {
		$rows .= '<tr><td>' . words('en', 2) . '</td><td>' . mt_rand(1, 9999) . '</td></tr>';
	}
	return '<figure class="wp-block-table"><table><tbody>' . $rows . "</tbody></table></figure>\n";
}
