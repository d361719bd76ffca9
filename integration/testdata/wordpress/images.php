<?php
// Puts pictures into an installed WordPress: php images.php DOCROOT SITE-URL FIRST LAST
//
// Several of these may run side by side: drawing and scaling is most of the
// time that seeding takes.
[, $root, $url, $first, $last] = $argv;
$_SERVER['HTTP_HOST'] = parse_url($url, PHP_URL_HOST) . ':' . parse_url($url, PHP_URL_PORT);
require "$root/wp-load.php";
require ABSPATH . 'wp-admin/includes/image.php';

function draw(int $number, string $file): void {
	mt_srand(1000 + $number);
	$image = imagecreatetruecolor(1200, 800);
	imagefill($image, 0, 0, imagecolorallocate($image, mt_rand(150, 255), mt_rand(150, 255), mt_rand(150, 255)));
	for ($i = 0; $i < 60; $i++) {
		$color = imagecolorallocate($image, mt_rand(0, 255), mt_rand(0, 255), mt_rand(0, 255));
		imagefilledellipse($image, mt_rand(0, 1200), mt_rand(0, 800), mt_rand(20, 200), mt_rand(20, 200), $color);
	}
	imagestring($image, 5, 20, 20, "picture $number", imagecolorallocate($image, 0, 0, 0));
	str_ends_with($file, '.png') ? imagepng($image, $file, 1) : imagejpeg($image, $file, 80);
}

function file_name(int $number): string {
	switch ($number % 12) {
		case 3: return "rack-$number.png";
		case 7: return "été-$number.jpg";
		case 11: return "A Rack No $number.jpg"; // becomes A-Rack-No-….jpg, as an upload would
		default: return "evening-$number.jpg";
	}
}

for ($number = (int) $first; $number <= (int) $last; $number++) {
	$upload = wp_upload_dir('2026/03');
	$file = $upload['path'] . '/' . sanitize_file_name(file_name($number));
	wp_mkdir_p($upload['path']);
	draw($number, $file);
	$id = wp_insert_attachment([
		'post_title' => "Picture $number", 'post_mime_type' => wp_check_filetype($file)['type'],
		'post_status' => 'inherit', 'post_author' => 1, 'post_name' => "picture-$number",
		'post_excerpt' => $number % 3 ? '' : "What picture $number shows",
		'post_date' => sprintf('2026-03-%02d 12:00:00', 1 + $number % 28),
	], $file, 0, true);
	if (is_wp_error($id)) {
		fwrite(STDERR, $id->get_error_message() . "\n");
		exit(1);
	}
	update_post_meta($id, '_wp_attachment_image_alt', "Picture $number");
	wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $file));
}
