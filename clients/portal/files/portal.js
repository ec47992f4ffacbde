// Comforts; without them everything works. A MAC is looked at while it is typed, the time that is left
// counts down, and a form is sent once.
"use strict";

(function () {
	function looksLike(text) {
		var forms = [
			/^[0-9a-f]{12}$/,
			/^[0-9a-f]{2}([:. -])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/,
			/^[0-9a-f]{4}([:. -])[0-9a-f]{4}\1[0-9a-f]{4}$/,
			/^[0-9a-f]{6}[:. -][0-9a-f]{6}$/
		];
		return forms.some(function (form) { return form.test(text); });
	}

	function isDevice(digits) {
		return digits !== "000000000000" && parseInt(digits.slice(0, 2), 16) % 2 === 0;
	}

	function watchMac(form) {
		var input = form.querySelector("#mac"), live = form.querySelector("#mac-live");

		function look() {
			var text = input.value.trim().toLowerCase();
			var digits = text.replace(/[:. -]/g, "");
			var bad = /[^0-9a-f]/.test(digits) || digits.length > 12 ||
				(digits.length === 12 && !(looksLike(text) && isDevice(digits)));

			live.className = "live";
			if (text === "") {
				live.textContent = "";
			} else if (bad) {
				live.textContent = form.dataset.bad;
				live.classList.add("bad");
			} else if (digits.length < 12) {
				live.textContent = form.dataset.more.replace("%s", digits.length);
			} else {
				live.textContent = form.dataset.good.replace("%s", digits.match(/../g).join(":"));
				live.classList.add("good");
			}
			if (!bad && digits.length === 12) {
				input.removeAttribute("aria-invalid");
			}
		}
		input.addEventListener("input", look);
		look();
	}

	function countDown(left) {
		var spoken = document.getElementById("left-spoken");
		var end = performance.now() + 1000 * Number(left.dataset.left);
		var told = {};

		// spoken at the last minute and at the end, not each second
		function tell(key, text) {
			if (!told[key]) {
				told[key] = true;
				spoken.textContent = text;
			}
		}
		function show() {
			var seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));

			if (seconds === 0) {
				left.textContent = left.dataset.ended;
				left.classList.add("ended");
				tell("end", left.dataset.ended);
				return;
			}
			left.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
			if (seconds <= 60) {
				tell("soon", left.dataset.soon.replace("%s", seconds));
			}
			setTimeout(show, 250);
		}
		left.hidden = false;
		show();
	}

	document.querySelectorAll("form[data-mac]").forEach(watchMac);
	document.querySelectorAll("[data-left]").forEach(countDown);
	document.querySelectorAll("form").forEach(function (form) {
		form.addEventListener("submit", function (event) {
			if (form.dataset.sent) {
				event.preventDefault();
			}
			form.dataset.sent = "yes";
		});
	});
	window.addEventListener("pageshow", function () {
		document.querySelectorAll("form").forEach(function (form) { delete form.dataset.sent; });
	});
})();
