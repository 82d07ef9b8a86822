// A Chromium without a window, driven over a pipe (--remote-debugging-pipe): messages of the
// DevTools protocol as JSON, each with a zero byte behind it.
// https://chromedevtools.github.io/devtools-protocol/
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/temp_directory.h"

namespace leaktrail::testing {

// The program: LEAKTRAIL_BROWSER, else a Chromium or Chrome on PATH; "" if there is none.
std::string FindBrowser();

class Browser {
 public:
  explicit Browser(const std::string& program);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  // The result of a command; an object with "error" if it failed or the browser is gone.
  nlohmann::json Send(const std::string& method, nlohmann::json parameters = {},
                      const std::string& session = "");
  // The next event of a session called `method`; null if none comes in time.
  nlohmann::json WaitFor(const std::string& method, const std::string& session);
  // Events of a session so far that nobody has waited for.
  std::vector<nlohmann::json> TakeEvents(const std::string& session);

 private:
  // One more message; false if none comes.
  bool Read(nlohmann::json& message);

  const TempDirectory profile_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string pending_;
  std::int64_t last_id_ = 0;
  std::vector<nlohmann::json> events_;
};

// A tab.
class Page {
 public:
  struct Look {
    int width = 1200, height = 900;
    bool dark = false;
    bool scripts = true;
    bool print = false;
  };
  Page(Browser& browser, const Look& look);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // Loads an address and waits until that is done; false if it is not.
  bool Open(const std::string& url);
  // Value of a JavaScript expression; of a promise, what comes of it.
  nlohmann::json Evaluate(const std::string& expression);
  nlohmann::json Send(const std::string& method, nlohmann::json parameters = {});
  // As a user does: a click in the middle of what `selector` finds, a key ("ArrowDown"), text.
  void Click(const std::string& selector);
  void ClickAt(double x, double y);
  void Press(const std::string& key);
  void Type(const std::string& text);

  // What went to the console, exceptions and refusals of the policy among it.
  std::vector<std::string> TakeComplaints();
  // Addresses that were asked for, but for the page itself.
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  void Collect();

  Browser& browser_;
  const bool scripts_;
  std::string target_, session_, url_;
  std::vector<std::string> complaints_, requests_;
};

}  // namespace leaktrail::testing
