<?php
// Writes a blog into an installed WordPress: php posts.php DOCROOT SITE-URL POSTS
//
// Everything a real blog grows over the years is here once at least: galleries,
// posts and comments over several pages, slugs in several scripts, links of
// every spelling, one that is dead.
[, $root, $url, $count] = $argv;
$_SERVER['HTTP_HOST'] = parse_url($url, PHP_URL_HOST) . ':' . parse_url($url, PHP_URL_PORT);
define('WP_IMPORTING', true); // no pings, no mails
require "$root/wp-load.php";
require ABSPATH . 'wp-admin/includes/taxonomy.php';
require __DIR__ . '/words.php';
kses_remove_filters();
wp_defer_term_counting(true);
wp_defer_comment_counting(true);
wp_suspend_cache_addition(false);
mt_srand(2016);

const TITLES = [
	'fr' => ['Un café très serré', 'L’été où la ligne a tenu', 'Déjà vu à l’École'],
	'ru' => ['Вечер в сентябре', 'Журнал сервера', 'Почему всё упало'],
	'zh' => ['九月的晚上', '服务器日志', '静态副本'],
];

function insert(array $fields): int {
	$id = wp_insert_post($fields + ['post_status' => 'publish', 'post_author' => 1], true);
	if (is_wp_error($id)) {
		fwrite(STDERR, $id->get_error_message() . "\n");
		exit(1);
	}
	return $id;
}

function language(int $n): string {
	return [3 => 'fr', 7 => 'ru', 11 => 'zh'][$n % 16] ?? 'en';
}

function title(int $n): string {
	$language = language($n);
	if ($language === 'en') {
		return ucfirst(words('en', 4)) . " $n";
	}
	$titles = TITLES[$language];
	return $titles[$n % count($titles)] . " $n";
}

// One image as the block editor writes it: WordPress adds srcset and sizes.
function figure(int $id, string $size, bool $link): string {
	$source = esc_url(wp_get_attachment_image_url($id, $size));
	$image = "<img src=\"$source\" alt=\"\" class=\"wp-image-$id\"/>";
	if ($link) {
		$image = '<a href="' . esc_url(wp_get_attachment_url($id)) . "\">$image</a>";
	}
	return "<!-- wp:image {\"id\":$id,\"sizeSlug\":\"$size\"} -->\n<figure class=\"wp-block-image size-$size\">$image</figure>\n<!-- /wp:image -->\n";
}

// Links to posts that exist already, one spelling after the other.
function linked(int $n, array $posts): string {
	if (!$posts) {
		return '';
	}
	$id = $posts[mt_rand(0, count($posts) - 1)];
	$permalink = get_permalink($id);
	$spellings = [
		$permalink,
		wp_make_link_relative($permalink),
		home_url("/?p=$id"),
		"$permalink#comments",
		'../' . basename($permalink) . '/',
		rtrim($permalink, '/'),
	];
	return '<p>See also <a href="' . $spellings[$n % count($spellings)] . '">' . sentence('en') . "</a></p>\n";
}

function content(int $n, array $posts, array $images): string {
	$language = language($n);
	$text = paragraph($language) . paragraph($language) . linked($n, $posts);
	if ($n % 3 === 0 && $images) {
		$text .= figure($images[$n / 3 % count($images)], $n % 2 ? 'large' : 'full', $n % 4 === 0);
	}
	$text .= '<h2 id="later">' . sentence($language) . "</h2>\n" . paragraph($language);
	if ($n % 10 === 4) {
		$text .= code_block();
	}
	if ($n % 10 === 6) {
		$text .= table();
	}
	if ($n % 15 === 8 && $images) {
		$lazy = wp_get_attachment_image_url($images[$n % count($images)], 'medium');
		$text .= "<figure><img class=\"lazy\" src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" data-src=\"$lazy\" alt=\"\"><noscript><img src=\"$lazy\" alt=\"\"></noscript></figure>\n";
	}
	if ($n % 25 === 12) {
		$text .= '<noscript><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="video"></iframe></noscript>';
	}
	if ($n % 40 === 5 && $images) {
		$text .= '[gallery size="medium" link="' . ($n % 80 === 5 ? 'file' : 'post') . '" ids="' . implode(',', array_slice($images, $n / 40, 9)) . '"]';
	}
	if ($n % 50 === 9) {
		$text .= '<!--nextpage-->' . paragraph($language) . '<!--nextpage-->' . paragraph($language) . linked($n, $posts);
	}
	if ($n === 10) {
		$text .= '<p><a href="' . home_url('/nobody-ever-wrote-this-qzx/') . '">A promise not kept</a></p>';
	}
	return $text . paragraph($language) . linked($n + 1, $posts);
}

function comment(int $post, int $number, int $parent): int {
	return wp_insert_comment([
		'comment_post_ID' => $post, 'comment_parent' => $parent, 'comment_approved' => 1,
		'comment_author' => ucfirst(words('en', 1)), 'comment_author_email' => "reader$number@example.net",
		'comment_author_url' => $number % 4 ? '' : 'https://reader.example.net/',
		'comment_content' => trim(sentence('en') . sentence('en')),
		// No two at the same second: lists of what was said lately would have no order.
		'comment_date' => gmdate('Y-m-d H:i:s', strtotime('2026-04-01 08:00:00') + $number * 600 + $post % 600),
	]);
}

function discussion(int $post, int $comments): void {
	$earlier = [];
	for ($i = 0; $i < $comments; $i++) {
		$parent = $earlier && $i % 3 === 2 ? $earlier[mt_rand(0, count($earlier) - 1)] : 0;
		$id = comment($post, $i, $parent);
		if (!$parent) {
			$earlier[] = $id;
		}
	}
}

function terms(): array {
	$names = ['Servers', 'Lines & Modems', 'Evenings', 'Кухня', '日志', 'Été'];
	$ids = [];
	foreach ($names as $i => $name) {
		$ids[] = wp_insert_category(['cat_name' => $name, 'category_parent' => $i === 1 ? $ids[0] : 0]);
	}
	return $ids;
}

function authors(): array {
	$ids = [1];
	foreach (['zoé' => 'Zoé Lefèvre', 'mikhail' => 'Михаил', 'lin' => '林'] as $login => $name) {
		$ids[] = wp_insert_user(['user_login' => remove_accents($login), 'user_pass' => wp_generate_password(),
			'user_email' => remove_accents($login) . '@example.org', 'display_name' => $name, 'role' => 'author']);
	}
	return $ids;
}

function pages(): void {
	$about = insert(['post_type' => 'page', 'post_title' => 'About', 'post_content' => paragraph('en')]);
	$people = insert(['post_type' => 'page', 'post_title' => 'People', 'post_parent' => $about, 'post_content' => paragraph('en')]);
	insert(['post_type' => 'page', 'post_title' => 'Zoé', 'post_parent' => $people, 'post_content' => paragraph('fr')]);
	insert(['post_type' => 'page', 'post_title' => 'Контакты', 'post_content' => paragraph('ru') . '<p><a href="mailto:owner@example.org">mail</a></p>']);
}

$images = get_posts(['post_type' => 'attachment', 'numberposts' => -1, 'fields' => 'ids', 'orderby' => 'title', 'order' => 'ASC']);
[$categories, $authors, $posts] = [terms(), authors(), []];
$tags = ['uplink', 'cache', 'ADSL', 'nginx', 'crème brûlée', 'Очередь', '速度', 'C++ & friends'];
for ($n = 1; $n <= (int) $count; $n++) {
	// The first post is the newest but one: what is linked is found early.
	$posted = strtotime('2026-09-05 22:30:00') - $n * 3.1 * 86400;
	$id = insert([
		'post_title' => title($n), 'post_content' => content($n, $posts, $images),
		'post_date' => gmdate('Y-m-d H:i:s', (int) $posted), 'post_author' => $authors[$n % count($authors)],
		'post_category' => [$categories[$n % count($categories)]],
		'tags_input' => [$tags[$n % count($tags)], $tags[$n * 5 % count($tags)]],
		'post_password' => $n === 6 ? 'sesame' : '',
	]);
	$posts[] = $id;
	if ($n % 9 === 0 && $images) {
		set_post_thumbnail($id, $images[$n / 9 % count($images)]);
	}
	if ($n % 12 === 2) {
		discussion($id, 12);
	} elseif ($n % 5 === 3) {
		discussion($id, 2);
	}
}
stick_post($posts[4]);
pages();
wp_defer_term_counting(false);
wp_defer_comment_counting(false);
flush_rewrite_rules(false);
