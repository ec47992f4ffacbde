-- For HAProxy 2.5 and later: asks polyauth-http (dialect haproxy) about each request.
--
--   global
--     lua-load-per-thread /usr/share/polyauth/polyauth.lua
--   frontend ...
--     http-request lua.polyauth unix@/run/polyauth-http/haproxy.sock
--
-- Sets txn.polyauth_status (200: let it pass; nothing else does), and for the log txn.polyauth_device,
-- txn.polyauth_reason and txn.polyauth_decision. It decides nothing.

-- What the daemon is told of the client's own headers; `_` is as good as `-` to some servers behind.
local told = {
  ["authorization"] = true, ["user-agent"] = true, ["destination"] = true, ["x-http-method"] = true,
  ["x-http-method-override"] = true, ["x-method-override"] = true,
  ["upgrade"] = true,
}

local function base64(txn, value)
  if not value or value == "" then return nil end
  return txn.c:base64(value)
end

local function flag(value)
  if value == true or value == 1 or value == "1" then return "1" end
  return "0"
end

local function question(txn)
  local headers = { ["host"] = { "polyauth" } }
  for name, values in pairs(txn.http:req_get_headers()) do
    if told[(name:lower():gsub("_", "-"))] then
      -- all of them: one that stands there twice must not pass for one
      headers[name] = {}
      for i = 0, #values do
        if values[i] ~= nil then table.insert(headers[name], values[i]) end
      end
    end
  end
  local function set(name, value)
    if value ~= nil and value ~= "" then headers[name] = { tostring(value) } end
  end
  set("x-ssl-client-used", flag(txn.f:ssl_c_used()))
  set("x-ssl-client-verify", txn.f:ssl_c_verify())
  set("x-ssl-client-der", base64(txn, txn.f:ssl_c_der()))
  set("x-ssl-chain-der", base64(txn, txn.f:ssl_c_chain_der()))
  set("x-ssl-session-resumed", flag(txn.f:ssl_fc_is_resumed()))
  set("x-original-method", txn.f:method())
  set("x-original-uri", txn.f:pathq())
  set("x-forwarded-for", txn.f:src())
  return headers
end

core.register_action("polyauth", { "http-req" }, function(txn, socket)
  txn:set_var("txn.polyauth_status", 503)
  local answer = core.httpclient():get{
    url = "http://polyauth/v1/authorize", headers = question(txn), dst = socket, timeout = 5000,
  }
  if not answer or not answer.status then return end
  txn:set_var("txn.polyauth_status", answer.status)
  for _, name in ipairs({ "device", "reason", "decision" }) do
    local values = answer.headers and answer.headers["x-polyauth-" .. name]
    if values then txn:set_var("txn.polyauth_" .. name, values[0]) end
  end
  local challenge = answer.headers and answer.headers["www-authenticate"]
  if challenge then txn:set_var("txn.polyauth_challenge", challenge[0]) end
  local wait = answer.headers and answer.headers["retry-after"]
  if wait then txn:set_var("txn.polyauth_wait", wait[0]) end
end, 1)
