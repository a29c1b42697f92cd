-- Asks what requests.lua lists, by chance, and tallies the answers: `<what was asked> <phase> <status>`.
-- state.lua says what is being done to the servers meanwhile (mixed-load.ts writes it). Each thread has one connection,
-- so the request that was last sent is the one that is answered.

local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long microseconds; } moment; int gettimeofday(moment *, void *);")

local REFRESH_MS = 50
local GRACE_MS = 1000

local moment = ffi.new("moment")
local function now()
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.seconds) * 1000 + tonumber(moment.microseconds) / 1000
end

local threads = {}
function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

local asked, sentAt, sentIn, state, refreshAt
local count = 0
answers = {}

local function refresh(time)
  if time < refreshAt then return end
  refreshAt = time + REFRESH_MS
  state = dofile(folder .. "/state.lua")
  local file = io.open(folder .. "/progress-" .. number, "w")
  file:write(count)
  file:close()
end

function init(args)
  folder = args[1]
  math.randomseed(number)
  requests = dofile(folder .. "/requests.lua")
  for _, each in ipairs(requests) do
    each.text = wrk.format(each.method, each.path, each.headers, each.body)
  end
  refreshAt = 0
  refresh(now())
end

function request()
  sentAt = now()
  refresh(sentAt)
  asked = requests[math.random(#requests)]
  sentIn = state.phase
  -- No two unknown keys are the same: the store is asked about each.
  return asked.isUnknown and asked.text:gsub("UNKNOWN", tostring(math.random(1e9))) or asked.text
end

-- Between the announcement and a second after the change, both answers are right.
local function kindOf(time)
  if asked.group == nil then return asked.kind end
  local revoked = state.revoked[asked.group]
  if revoked == nil then return asked.kind .. "-before" end
  if revoked.done ~= nil and sentAt > revoked.done + GRACE_MS then return asked.kind .. "-after" end
  return asked.kind .. "-meanwhile"
end

function response(status, headers)
  local time = now()
  refresh(time)
  count = count + 1
  local phase = sentIn == "steady" and state.phase or sentIn
  local retry = headers["Retry-After"] and "-retry" or ""
  local key = kindOf(time) .. " " .. phase .. " " .. status .. retry
  answers[key] = (answers[key] or 0) + 1
end

function done(summary)
  local all = {}
  for _, thread in ipairs(threads) do
    for key, times in pairs(thread:get("answers")) do all[key] = (all[key] or 0) + times end
  end
  local lines = {}
  for key, times in pairs(all) do table.insert(lines, string.format('"%s":%d', key, times)) end
  local errors = summary.errors
  io.write(string.format('\n{"answers":{%s},"lost":%d,"seconds":%.1f}\n', table.concat(lines, ","),
    errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6))
end
