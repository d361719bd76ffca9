package freeze

import (
	"slices"
	"strings"
)

// leaving are words that stand alone in the path of a button.
var leaving = []string{"logout", "log-out", "signout", "sign-out", "logoff", "unsubscribe", "sign_out", "log_out", "customer-logout", "mylogout", "deconnexion", "abmelden"}

// verbs are what a query of a button asks for.
var verbs = append([]string{
	"delete", "del", "remove", "destroy", "add-to-cart", "vote", "purge", "watch", "unwatch", "rollback", "trash",
	"protect", "unprotect", "move", "markaspam", "spam", "approve", "postpass", "like", "dislike",
}, leaving...)

// actingNames are query names that come with a button: tokens against forgery
// are only there because the address acts.
var actingNames = []string{
	"token", "authenticity_token", "sectok", "sesskey", "form_key", "add_to_wishlist", "remove_item",
	"add-to-compare", "empty_cart", "wc-ajax", "doing_wp_cron",
}

// labels are folders whose children are named by people: /tag/delete/ is a
// page about deleting.
var labels = []string{"tag", "tags", "category", "categories", "topic", "topics", "author"}

// acts recognises addresses that change something when they are asked for.
func acts(p parts) bool {
	if last := p.program(); !p.named && (slices.Contains(leaving, last) || last == "delete" || last == "destroy" || last == "add-to-cart") {
		return true
	}
	if !holdsDate(p.path) && p.pressesOn() {
		return true
	}
	for name, values := range p.query {
		if commands(name, values) || slices.Contains(verbs, name) || slices.Contains(actingNames, name) || strings.HasSuffix(name, "nonce") || strings.HasPrefix(name, "csrf") {
			return true
		}
	}
	return isSpecial(p, "userlogout")
}

// buttons are what the path of a button says beside the number of a thing.
var buttons = []string{
	"delete", "remove", "destroy", "like", "unlike", "dislike", "vote", "upvote", "downvote", "ban", "unban",
	"purge", "trash", "approve", "spam", "flag", "report", "follow", "unfollow", "subscribe",
}

// pressesOn recognises /posts/delete/3 and /comment/5/remove.
func (p parts) pressesOn() bool {
	for i := 1; i < len(p.segments); i++ {
		a, b := p.segments[i-1], p.segments[i]
		if isNumber(a) && slices.Contains(buttons, b) || slices.Contains(buttons, a) && isNumber(b) {
			return true
		}
	}
	return false
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// commanding are query names whose value says what to do.
var commanding = []string{"action", "do", "task", "mode", "act", "op", "cmd", "_method"}

// asking are query names whose value is a visitor's words.
var asking = []string{"s", "q", "search", "keywords", "tag", "cat", "id", "title"}

// commands reports whether a query value is a button's: ?task=user.logout, and
// to leave by whatever name (?q=user/logout).
func commands(name string, values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		v = strings.ToLower(v)
		last := v[strings.LastIndexAny(v, "./")+1:]
		if slices.Contains(commanding, name) {
			return slices.Contains(verbs, last)
		}
		return slices.Contains(leaving, last) && (last != v || !slices.Contains(asking, name))
	})
}
