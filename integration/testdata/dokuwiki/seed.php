<?php
// Writes a small wiki: php seed.php DOCROOT PICTURES ARTICLE
[, $root, $pictures, $article] = $argv;
$_SERVER['HTTP_HOST'] = '127.0.0.1';
define('DOKU_INC', "$root/");
define('NOSESSION', 1);
require DOKU_INC . 'inc/init.php';

const PAGES = [
	'start' => "====== An Evening in September ======\n\nRead about [[servers:cache|a cache]], [[servers:line]], [[журнал]], [[九月]], [[été]], [[evening]].\n\n{{:evening-1.jpg?300|A picture}}\n\n{{:servers:rack.png}}\n\n[[nobody:wrote:this|A promise not kept]]",
	'servers:start' => "====== Servers ======\n\n  * [[cache]]\n  * [[line]]\n  * [[deep:down:page]]\n  * [[:start#an_evening_in_september|home]]\n",
	'servers:cache' => "====== Cache ======\n\n{{ :evening-2.jpg?200x150|Small}} {{:evening-2.jpg?linkonly|the picture}}\n\n===== Code =====\n\n<code c listing.c>\nif (a < b && c) { return \"x\"; }\n</code>\n\n^ What ^ How much ^\n| pages | 150 |\n\n[[:start]] ((A note at the foot.))",
	'servers:line' => "====== The line ======\n\n{{:servers:notes.txt|Notes}}\n\n[[cache#code]] [[https://elsewhere.example.net/?a=1&b=2|elsewhere]]",
	'servers:deep:down:page' => "====== Deep down ======\n\n[[..:..:cache]] {{:evening-3.jpg?100&nolink}}",
	'журнал' => "====== Журнал сервера ======\n\nВечером сервер отвечал всё медленнее. [[start|Домой]] {{:вечер.jpg?250}}",
	'九月' => "====== 九月的晚上 ======\n\n[[журнал]] [[servers:start]]",
	'été' => "====== L’été ======\n\n[[start]]",
];

const MEDIA = ['evening-1.jpg' => '1.jpg', 'evening-2.jpg' => '2.jpg', 'evening-3.jpg' => '3.jpg', 'вечер.jpg' => '4.jpg'];

foreach (MEDIA as $id => $file) {
	io_createNamespace($id, 'media');
	copy("$pictures/$file", mediaFN($id));
	addMediaLogEntry(time(), $id, DOKU_CHANGE_TYPE_CREATE, 'uploaded');
}
io_createNamespace('servers:rack.png', 'media');
imagepng(imagecreatefromjpeg("$pictures/5.jpg"), mediaFN('servers:rack.png'));
file_put_contents(mediaFN('servers:notes.txt'), "Notes of that evening.\n");
$pages = PAGES + ['evening' => file_get_contents($article)];
foreach ($pages as $id => $text) {
	saveWikiText(cleanID($id), $text, 'written');
}
foreach (array_keys($pages) as $id) {
	p_get_metadata(cleanID($id), '', METADATA_RENDER_UNLIMITED);
	idx_addPage(cleanID($id), false, true);
}
