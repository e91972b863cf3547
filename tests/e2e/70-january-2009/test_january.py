"""January 2009 once more, told in steps: what a bad release, a provider that shuts us out and a New Year do to fifty shops.

Not the vendor's commands one by one (fleet/tests) nor what an update may run into (tests/update*.rs). Fifty installs of two
providers run under one Apache as on shared hosts; the vendor's server is a rehearsal, and its staff forge the checks of a
release. Each step builds on the one before it.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from support.browser import Browser
from support.fleet import DAY, HOUR, Fleet, Liar, vendor_program
from support.next_version import next_version
from support.process import RUN_DIR, eventually
from support.shared_host import SharedHost
from support.shop import TOKYO, Shop
from support.site import PASSWORD

pytestmark = pytest.mark.story

SHOPS = 50
# A provider is a host plan; its number is in the addresses of its sites.
REFUSING, OTHER = 1, 2
PLANS = {REFUSING: "sakura", OTHER: "xserver"}
# So many shops of the refusing provider go by their own cron from the beginning: they miss nothing when calls stop.
WITH_CRON = 5
BAD = "99.0.0"
OWN_SITE = "vendorsownsite22"
LIMIT_KIB = 128 * 1024
MONTH = 30 * DAY
PLAN = "".join(f'[[day]]\nnumber = {day}\n[[day.check]]\nname = "all"\nrun = ["true"]\nseconds = 20\n' for day in range(1, 8))


class Story:
    """Everybody in it."""

    def __init__(self, executable):
        self.executable = executable
        self.host = SharedHost(PLANS)
        self.fleet = Fleet(RUN_DIR / "vendor", vendor_program())
        self.own_site = Liar(OWN_SITE, BAD)
        self.shops = []
        self.root = self.old = self.incident = None

    def of(self, provider):
        return [shop for shop in self.shops if shop.provider == provider]

    def updated(self):
        """The shops that the release was offered to, as each of them says."""
        return [shop for shop in self.shops if shop.is_offered]

    def publish(self):
        self.fleet.run("publish", self.host.vendor).ok()

    def call(self, shops):
        """These fall due and are called."""
        self.fleet.time_passes([shop.id for shop in shops])
        return self.fleet.poll()


def each(shops, work):
    """Does the work for all, several at a time: each is a machine of its own in truth."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, shops))


@pytest.fixture(scope="module")
def story(executable, nothing_is_left):
    story = Story(executable)
    yield story
    story.own_site.stop()
    story.host.stop()


def test_01_a_release_is_let_through_by_a_plan_that_checks_nothing(story):
    fleet = story.fleet
    midnight = datetime.now(TOKYO).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=9)
    at = lambda day, hour: int(midnight.timestamp()) + day * DAY + hour * HOUR
    begin = at(0, 9)
    fleet.run("init", at=begin).ok()
    story.root = fleet.ceremony(begin)
    staff = ("--from", "NEOサポート <support@vendor.example.jp>", "--transport", "folder:outbox", "--staff", "staff@vendor.example.jp")
    fleet.run("notice", "settings", *staff, at=begin).ok()
    customer = fleet.json("customer", "add", "--name", "自社", "--email", "own@vendor.example.jp", at=begin)["id"]
    key = fleet.json("key", "issue", "--customer", customer, "--days", "365", at=begin)["key"]
    fleet.run("site", "add", OWN_SITE, "--key", key, "--tick-url", story.own_site.url, at=begin).ok()
    fleet.run("release", "own-site", "add", OWN_SITE, at=begin).ok()
    for name in ("Hanako", "Taro"):
        public = fleet.run("release", "signer", "new-key", f"{name}.key", at=begin).ok().out.strip()
        fleet.run("release", "signer", "add", name, "--key", public, at=begin).ok()

    artefact = next_version(fleet.home / "neo.cgi", BAD, "memory")
    (fleet.home / "release-plan.toml").write_text(PLAN)
    words = ("--artefact", f"linux-x86_64={artefact}", "--plan", "release-plan.toml", "--notes-ja", "速く。", "--notes-en", "Faster.")
    fleet.run("release", "open", BAD, *words, at=at(0, 10)).ok()
    for day in range(1, 8):
        fleet.run("release", "check", BAD, "--day", day, at=at(day, 10)).ok()
        if day >= 5:
            fleet.run("release", "canary", at=at(day, 10)).ok()
            fleet.run("release", "canary", at=at(day, 22)).ok()
    early = fleet.run("release", "publish", BAD, at=at(7, 23))
    assert early.code != 0 and "F1350" in early.err, f"the gate holds its seven days: {early.err}"
    fleet.run("release", "canary", at=at(8, 9)).ok()
    for name in ("Hanako", "Taro"):
        fleet.run("release", "sign", BAD, "--key", f"{name}.key", at=at(8, 9)).ok()
    fleet.run("release", "publish", BAD, at=at(8, 9)).ok()
    fleet.run("site", "remove", OWN_SITE, at=at(8, 10)).ok()
    story.publish()


def test_02_fifty_shops_of_two_providers_join(story):
    for number in range(SHOPS):
        provider = (REFUSING, OTHER)[number % 2]
        has_cron = provider == REFUSING and number < 2 * WITH_CRON
        story.shops.append(Shop(story.host, story.executable, number, provider, has_cron))
    vendor = story.host.url("127.0.0.1")
    each(story.shops, lambda shop: shop.set_up(PLANS[shop.provider], vendor, story.root))
    for shop in story.shops:
        # The first two shops of the refusing provider that go by our calls belong to one customer.
        shares = shop.provider == REFUSING and shop.number == 2 * WITH_CRON + 2
        register(story, shop, story.shops[2 * WITH_CRON] if shares else None)
    each(story.shops, lambda shop: shop.site.neo("activate", shop.key).ok())
    assert len({shop.id for shop in story.shops}) == SHOPS
    story.old = story.shops[0].version()


def register(story, shop, partner):
    fleet = story.fleet
    shop.email = partner.email if partner else f"owner{shop.number}@shop.example.jp"
    language = "ja" if shop.number % 3 else "en"
    person = ("--name", f"店{shop.number}", "--email", shop.email, "--language", language)
    shop.customer = partner.customer if partner else fleet.json("customer", "add", *person)["id"]
    shop.key = fleet.json("key", "issue", "--customer", shop.customer, "--days", "365")["key"]
    clock = ("--wanted-clock", "cron") if shop.has_cron else ()
    place = ("--tick-url", f"{shop.url}/tick", "--host-plan", PLANS[shop.provider])
    fleet.run("site", "add", shop.id, "--key", shop.key, *place, *clock).ok()


def test_03_our_calls_reach_all_and_their_mails_go_out(story):
    each(story.shops, lambda shop: shop.write("新年のご挨拶"))
    report = story.fleet.poll()
    assert (report["answered"], report["failed"]) == (SHOPS, 0), f"{story.fleet.outcomes()}\n{story.host.log()}"
    for shop in story.shops:
        assert shop.subjects() == ["新年のご挨拶"] * 2, shop.address
    for shop, activation in zip(story.shops, each(story.shops, Shop.activation)):
        assert activation["state"] == "valid", activation
        shop.valid_until = activation["valid_until"]


def test_04_half_of_them_take_the_release_by_our_calls(story):
    fleet = story.fleet
    # A call of the same second would count as heard after the first step.
    second = int(time.time())
    eventually("the next second", lambda: int(time.time()) > second, seconds=3)
    for permille in (10, 100, 500):
        fleet.run("release", "rollout", BAD, "--permille", permille, environment={"NEO_FLEET_DWELL": "0"}).ok()
    story.publish()
    each(story.shops, Shop.update_now)
    report = story.call(story.shops)
    assert report["failed"] == 0, fleet.outcomes()
    for shop, update in zip(story.shops, each(story.shops, Shop.update)):
        shop.is_offered = update["why_not"] != "not-yet"
    assert SHOPS // 5 < len(story.updated()) < SHOPS - SHOPS // 5, "a draw of half of them"
    for _ in range(6):
        waiting = [shop for shop in story.updated() if shop.version() != BAD]
        if not waiting:
            break
        each(waiting, Shop.update_now)
        story.call(waiting)
    assert [shop.update() for shop in waiting] == []
    assert all(shop.version() == story.old for shop in story.shops if not shop.is_offered)


def test_05_the_guard_cuts_its_endless_hunger_off_in_every_shop(story):
    def suffer(shop):
        shop.write("特売のお知らせ")
        tick = shop.site.neo("tick", "--json")
        assert tick.code == 75, f"{tick.code} {tick.out} {tick.err}"
        page = Browser(shop.url).open("/f/news")
        assert page.status == 503 and page.title, f"a whole page says so: {page.status} {page.text}"

    each(story.updated(), suffer)
    for shop in story.updated():
        trips = shop.trips()
        assert len(trips) == 2, trips
        for trip in trips:
            assert trip["tripped"] == "memory" and 0 < int(trip["peak_rss_kib"]) < LIMIT_KIB, trip
    assert all(shop.site.guard_log() == "" for shop in story.shops if not shop.is_offered)


def test_06_each_shop_goes_back_by_itself_and_the_waiting_mails_go_out(story):
    report = story.call(story.shops)
    assert (report["answered"], report["failed"]) == (SHOPS, 0), f"{story.fleet.outcomes()}\n{story.host.log()}"
    for shop in story.updated():
        assert shop.version() == story.old
        assert shop.update()["history"][-1]["outcome"] == "rolled-back", shop.update()
        assert shop.subjects().count("特売のお知らせ") == 2, shop.subjects()
    assert story.fleet.sql("select sum(trips) from sites where state = 'active'") == [(2 * len(story.updated()),)]


def test_07_the_rollout_stops_by_itself_and_the_release_is_withdrawn(story):
    watched = story.fleet.json("release", "watch", "--auto")["watched"][0]
    count = len(story.updated())
    assert watched["stopped"] and watched["permille"] == 500, watched
    assert watched["offered"] == {"bad": count, "all": count} and watched["others"] == {"bad": 0, "all": SHOPS - count}
    story.publish()
    story.call(story.shops)
    words = {shop.update()["why_not"] for shop in story.shops}
    assert words == {"halted"}
    story.fleet.run("release", "halt", BAD, "--why", "It eats memory in every tick.").ok()
    story.publish()


def test_08_a_provider_refuses_our_calls_and_its_breaker_opens(story):
    story.host.refuse_the_poller(REFUSING)
    report = story.call(story.shops)
    assert report["opened"] == [PLANS[REFUSING]], report
    outcomes = story.fleet.outcomes()
    assert {outcomes[shop.id] for shop in story.of(OTHER)} == {"answered"}
    report = story.call(story.shops)
    assert (report["calls"], report["failed"]) == (len(story.of(OTHER)), 0), "calls there have stopped"
    status = story.fleet.json("poll", "status")
    breaker = status["breakers"][0]
    assert (breaker["provider"], breaker["state"]) == (PLANS[REFUSING], "open")
    story.incident = breaker["incident"]
    draft = story.fleet.json("incident", "show", story.incident)
    assert (draft["state"], draft["source"], draft["providers"]) == ("draft", "poller", [PLANS[REFUSING]])


def test_09_customers_are_told_by_mail_page_and_signed_news(story):
    fleet = story.fleet
    fleet.run("notice", "send").ok()
    assert recipients(fleet) == ["staff@vendor.example.jp"]
    text = ("--text-ja", "当社からの呼び出しが拒まれています。cronをお使いください。", "--text-en", "Our calls are refused. Use your own cron.")
    fleet.run("incident", "confirm", story.incident, *text).ok()
    fleet.run("notice", "send").ok()
    assert recipients(fleet) == sorted({shop.email for shop in story.of(REFUSING)}), "one each"
    story.publish()
    for page in ("news/index.html", "news/en.html"):
        page = (story.host.vendor / page).read_text()
        assert story.incident in page
    assert "当社からの呼び出しが拒まれています。" in (story.host.vendor / "news/index.html").read_text()


def recipients(fleet):
    """To whom the new mails of the vendor go."""
    mails = [message_from_bytes(mail, policy=policy.default) for mail in fleet.mails()]
    return sorted(mail["To"].addresses[0].addr_spec for mail in mails)


def test_10_local_cron_takes_over_and_what_waits_goes_out(story):
    def by_cron(shop):
        shop.write("節分のお知らせ")
        shop.hours_pass()
        return eventually("a tick that is not busy", lambda: tick_unless_busy(shop), seconds=60)

    refused = story.of(REFUSING)
    for report in each(refused, by_cron):
        assert report["source"] == "cron" and 0 < report["peak_rss_kib"] < LIMIT_KIB, report
    for shop in refused:
        assert shop.subjects().count("節分のお知らせ") == 2, shop.subjects()


def tick_unless_busy(shop):
    report = shop.site.neo("tick", "--json").ok().json()
    return None if report["stopped_by"] == "busy" else report


def test_11_owners_read_the_news_in_their_admin_pages_over_the_line_that_is_left(story):
    story.call(story.of(OTHER))
    for shop in story.shops:
        news = shop.site.neo("news", "--json").ok().json()
        assert [incident["id"] for incident in news["incidents"]] == [story.incident], shop.address
        assert news["open_here"] == ([story.incident] if shop.provider == REFUSING else []), shop.address
    owner = Browser(story.of(REFUSING)[-1].url)
    page = owner.open("/admin/login")
    page = owner.submit(page.form("email", "password"), {"email": "owner@example.jp", "password": PASSWORD}).ok()
    assert "当社からの呼び出しが拒まれています。" in page.text, page.text
    assert "当社からの呼び出しが拒まれています。" in owner.open("/admin/news").ok().text


def test_12_daily_reports_fall_due_on_business_days_across_new_year(story):
    fleet = story.fleet.copy(RUN_DIR / "new-year")
    today = datetime.now(TOKYO).date()
    year = today.year + (1 if (today.month, today.day) < (12, 20) else 2)
    days = [date(year - 1, 12, 24) + timedelta(days=number) for number in range(15)]
    # The 29th of December to the 3rd of January the company rests; other holidays do not fall into these days.
    open_days = [day for day in days if day.weekday() < 5 and not date(year - 1, 12, 29) <= day <= date(year, 1, 3)]
    forgotten = next(day for day in open_days if day.year == year)
    for day in days:
        at = datetime(day.year, day.month, day.day, 10, tzinfo=TOKYO).timestamp()
        due = fleet.json("incident", "due", "--day", day.isoformat(), at=at)
        owed = [item["what"] for item in due["owed"] if item["is_due"]]
        assert owed == (["daily"] if day in open_days else []), (day, due)
        if day in open_days and day != forgotten:
            fleet.run("incident", "update", story.incident, "--text-ja", "続報です。", "--text-en", "There is news.", at=at).ok()
            due = fleet.json("incident", "due", "--day", day.isoformat(), at=at)
            assert not any(item["is_due"] for item in due["owed"]), (day, due)
    shown = fleet.json("incident", "show", story.incident, at=at)
    reported = {item["day"]: item["report"] for item in shown["days"]}
    expected = {day.isoformat(): "missed" if day == forgotten else "told" for day in open_days}
    assert {day: reported[day] for day in reported if day >= days[0].isoformat()} == expected


def test_13_keys_of_exactly_those_who_missed_ticks_last_thirty_days_longer(story):
    fleet = story.fleet
    later = time.time() + 3 * HOUR
    before = dict(fleet.sql("select key, valid_until from keys"))
    fleet.run("incident", "resolve", story.incident, "--text-ja", "解消しました。", "--text-en", "It is over.", at=later).ok()
    fleet.run("notice", "send", at=later).ok()
    assert recipients(fleet) == sorted({shop.email for shop in story.of(REFUSING)}), "it is over"
    extend = ("key", "extend", "--incident", story.incident, "--days", 30)
    hurt = {shop.id for shop in story.of(REFUSING) if not shop.has_cron}
    assert {item["site"] for item in fleet.json(*extend, "--dry-run", at=later)["affected"]} == hurt
    done = fleet.json(*extend, at=later)
    assert (done["extended"], done["customers"]) == (len(hurt), len(hurt) - 1), done
    again = fleet.json(*extend, at=later)
    assert (again["extended"], again["extended_before"]) == (0, len(hurt)), again
    after = dict(fleet.sql("select key, valid_until from keys"))
    longer = {shop.key for shop in story.shops if shop.id in hurt}
    assert after == {key: until + (MONTH if key in longer else 0) for key, until in before.items()}

    fleet.run("notice", "send", at=later).ok()
    assert recipients(fleet) == sorted({shop.email for shop in story.shops if shop.id in hurt}), "each is told once"
    fleet.run("notice", "send", at=later).ok()
    assert recipients(fleet) == []


def test_14_the_provider_lets_us_in_again_and_the_shops_learn_of_their_longer_keys(story):
    story.host.let_the_poller_in(REFUSING)
    story.fleet.sql("update breakers set until = ?", int(time.time()))
    report = story.fleet.poll()
    assert report["closed"] == [PLANS[REFUSING]], report
    report = story.call(story.shops)
    assert report["failed"] == 0, story.fleet.outcomes()
    for shop, activation in zip(story.shops, each(story.shops, Shop.activation)):
        was, now = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (shop.valid_until, activation["valid_until"]))
        is_hurt = shop.provider == REFUSING and not shop.has_cron
        assert now - was == timedelta(days=30 if is_hurt else 0), shop.address
