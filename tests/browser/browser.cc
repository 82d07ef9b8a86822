#include "tests/browser/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace leaktrail::testing {
namespace {

using nlohmann::json;

// Longer than a busy machine takes for anything; a browser that hangs ends the test all the same.
constexpr int kPatienceMilliseconds = 120'000;

// The child's side of a fork: the browser reads commands from 3 and writes to 4.
[[noreturn]] void Execute(const std::vector<std::string>& command, int commands, int messages) {
  // First out of the way of 3 and 4.
  const int in = fcntl(commands, F_DUPFD, 10), out = fcntl(messages, F_DUPFD, 10);
  dup2(in, 3);
  dup2(out, 4);
  close(in);
  close(out);
  const int nothing = open("/dev/null", O_RDWR);
  for (const int stream : {0, 1, 2}) dup2(nothing, stream);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

std::string FindBrowser() {
  if (const char* chosen = std::getenv("LEAKTRAIL_BROWSER"); chosen != nullptr) return chosen;
  const char* path = std::getenv("PATH");
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    for (absl::string_view directory : absl::StrSplit(path != nullptr ? path : "", ':')) {
      std::string program = absl::StrCat(directory, "/", name);
      if (access(program.c_str(), X_OK) == 0) return program;
    }
  }
  return "";
}

Browser::Browser(const std::string& program) {
  std::signal(SIGPIPE, SIG_IGN);
  int commands[2], messages[2];
  if (pipe2(commands, O_CLOEXEC) != 0 || pipe2(messages, O_CLOEXEC) != 0) std::abort();
  // The page comes from this test: no sandbox is needed, and root has none.
  const std::vector<std::string> words = {program,
                                          "--headless",
                                          "--no-sandbox",
                                          "--disable-gpu",
                                          "--disable-dev-shm-usage",
                                          "--no-first-run",
                                          "--disable-background-networking",
                                          "--disable-component-update",
                                          "--disable-default-apps",
                                          "--disable-sync",
                                          "--remote-debugging-pipe",
                                          absl::StrCat("--user-data-dir=", profile_.path())};
  pid_ = fork();
  if (pid_ == 0) Execute(words, commands[0], messages[1]);
  close(commands[0]);
  close(messages[1]);
  to_ = commands[1];
  from_ = messages[0];
}

Browser::~Browser() {
  Send("Browser.close");
  close(to_);
  close(from_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

bool Browser::Read(json& message) {
  std::size_t end;
  while ((end = pending_.find('\0')) == std::string::npos) {
    pollfd waiting = {.fd = from_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kPatienceMilliseconds) <= 0) return false;
    char buffer[65536];
    const ssize_t size = read(from_, buffer, sizeof buffer);
    if (size <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(size));
  }
  message = json::parse(pending_.substr(0, end), nullptr, /*allow_exceptions=*/false);
  pending_.erase(0, end + 1);
  return true;
}

json Browser::Send(const std::string& method, json parameters, const std::string& session) {
  json command = {{"id", ++last_id_},
                  {"method", method},
                  {"params", parameters.is_null() ? json::object() : std::move(parameters)}};
  if (!session.empty()) command["sessionId"] = session;
  const std::string text = command.dump() + '\0';
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t size = write(to_, text.data() + done, text.size() - done);
    if (size <= 0) return {{"error", "the browser is gone"}};
    done += static_cast<std::size_t>(size);
  }
  json message;
  while (Read(message)) {
    if (message.contains("method")) {
      events_.push_back(std::move(message));
    } else if (message.value("id", std::int64_t{0}) == last_id_) {
      return message.contains("result") ? message["result"] : message;
    }
  }
  return {{"error", absl::StrCat("no answer to ", method)}};
}

json Browser::WaitFor(const std::string& method, const std::string& session) {
  const auto wanted = [&](const json& event) {
    return event["method"] == method && event.value("sessionId", "") == session;
  };
  for (;;) {
    const auto found = std::find_if(events_.begin(), events_.end(), wanted);
    if (found != events_.end()) {
      json event = std::move(*found);
      events_.erase(found);
      return event;
    }
    json message;
    if (!Read(message)) return nullptr;
    if (message.contains("method")) events_.push_back(std::move(message));
  }
}

std::vector<json> Browser::TakeEvents(const std::string& session) {
  const auto rest = std::stable_partition(events_.begin(), events_.end(), [&](const json& event) {
    return event.value("sessionId", "") != session;
  });
  std::vector<json> taken(std::make_move_iterator(rest), std::make_move_iterator(events_.end()));
  events_.erase(rest, events_.end());
  return taken;
}

Page::Page(Browser& browser, const Look& look) : browser_(browser), scripts_(look.scripts) {
  target_ = browser_.Send("Target.createTarget", {{"url", "about:blank"}}).value("targetId", "");
  session_ = browser_.Send("Target.attachToTarget", {{"targetId", target_}, {"flatten", true}})
                 .value("sessionId", "");
  for (const char* domain : {"Page", "Runtime", "Log", "Network"}) {
    Send(absl::StrCat(domain, ".enable"));
  }
  Send("Emulation.setDeviceMetricsOverride", {{"width", look.width},
                                              {"height", look.height},
                                              {"deviceScaleFactor", 1},
                                              {"mobile", false}});
  const json scheme = {{"name", "prefers-color-scheme"}, {"value", look.dark ? "dark" : "light"}};
  Send("Emulation.setEmulatedMedia",
       {{"media", look.print ? "print" : ""}, {"features", json::array({scheme})}});
  if (!look.scripts) Send("Emulation.setScriptExecutionDisabled", {{"value", true}});
}

Page::~Page() { browser_.Send("Target.closeTarget", {{"targetId", target_}}); }

json Page::Send(const std::string& method, json parameters) {
  return browser_.Send(method, std::move(parameters), session_);
}

bool Page::Open(const std::string& url) {
  url_ = url;
  Send("Page.navigate", {{"url", url}});
  // The empty page of the new tab may be loaded only now.
  while (!browser_.WaitFor("Page.loadEventFired", session_).is_null()) {
    if (Evaluate("location.href") == url) return true;
  }
  return false;
}

json Page::Evaluate(const std::string& expression) {
  const json answer =
      Send("Runtime.evaluate",
           {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
  if (!answer.contains("result") || answer.contains("exceptionDetails")) return answer;
  return answer["result"].value("value", json());
}

void Page::ClickAt(double x, double y) {
  for (const char* type : {"mousePressed", "mouseReleased"}) {
    Send("Input.dispatchMouseEvent",
         {{"type", type}, {"x", x}, {"y", y}, {"button", "left"}, {"clickCount", 1}});
  }
}

void Page::Click(const std::string& selector) {
  const json place =
      Evaluate(absl::StrCat("(() => { const e = document.querySelector(", json(selector).dump(),
                            "); e.scrollIntoView({block: 'center', behavior: 'instant'});"
                            " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y "
                            "+ r.height / 2]; })()"));
  if (place.is_array()) ClickAt(place[0], place[1]);
}

void Page::Press(const std::string& key) {
  for (const char* type : {"keyDown", "keyUp"}) {
    Send("Input.dispatchKeyEvent", {{"type", type}, {"key", key}, {"code", key}});
  }
}

void Page::Type(const std::string& text) { Send("Input.insertText", {{"text", text}}); }

void Page::Collect() {
  for (const json& event : browser_.TakeEvents(session_)) {
    const std::string method = event["method"];
    const json& parameters = event["params"];
    if (method == "Runtime.exceptionThrown" || method == "Runtime.consoleAPICalled" ||
        method == "Log.entryAdded") {
      complaints_.push_back(parameters.dump());
    } else if (method == "Network.requestWillBeSent") {
      const std::string url = parameters["request"]["url"];
      if (url != url_) requests_.push_back(url);
    }
  }
}

std::vector<std::string> Page::TakeComplaints() {
  // What is under way arrives. Without scripts nothing is, and no promise is kept.
  if (scripts_) Evaluate("new Promise((done) => setTimeout(done, 50))");
  Collect();
  return std::exchange(complaints_, {});
}

}  // namespace leaktrail::testing
