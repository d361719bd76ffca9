<?php
// Installs an empty WordPress: php install.php DOCROOT SITE-URL
[, $root, $url] = $argv;
$_SERVER['HTTP_HOST'] = parse_url($url, PHP_URL_HOST) . ':' . parse_url($url, PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
define('WP_INSTALLING', true);
require "$root/wp-load.php";
require ABSPATH . 'wp-admin/includes/upgrade.php';

// The one WordPress would send needs a mail server.
function wp_new_blog_notification() {}

wp_install('An Evening in September', 'admin', 'owner@example.org', true, '', 'correct horse');
switch_theme('twentytwentyone');
foreach ([
	'siteurl' => rtrim($url, '/'),
	'home' => rtrim($url, '/'),
	'permalink_structure' => '/%postname%/',
	'page_comments' => 1,
	'comments_per_page' => 5,
	'thread_comments' => 1,
	'thread_comments_depth' => 3,
	'comment_moderation' => 0,
	'comment_previously_approved' => 0,
	'close_comments_for_old_posts' => 0,
	// A zone where it is about noon: the calendar marks the day, and a test that
	// runs through midnight would see every page change. (Etc/GMT+5 is 5 h behind.)
	'timezone_string' => sprintf('Etc/GMT%+d', (int) gmdate('G') - 12),
	'blogdescription' => 'What a crowd does to a small line',
	'rss_use_excerpt' => 0,
	'widget_calendar' => [2 => ['title' => 'Calendar'], '_multiwidget' => 1],
	'widget_archives' => [2 => ['title' => 'Archives', 'count' => 1, 'dropdown' => 0], '_multiwidget' => 1],
	'widget_recent-comments' => [2 => ['title' => 'Said lately', 'number' => 5], '_multiwidget' => 1],
	'widget_tag_cloud' => [2 => ['title' => 'Tags', 'taxonomy' => 'post_tag'], '_multiwidget' => 1],
	'widget_meta' => [2 => ['title' => 'Meta'], '_multiwidget' => 1],
	'widget_search' => [2 => ['title' => ''], '_multiwidget' => 1],
	'sidebars_widgets' => ['wp_inactive_widgets' => [], 'array_version' => 3,
		'sidebar-1' => ['search-2', 'calendar-2', 'archives-2', 'recent-comments-2', 'tag_cloud-2', 'meta-2']],
] as $name => $value) {
	update_option($name, $value);
}
