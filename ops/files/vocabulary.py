"""Names that columns have in known sources, as `ops.files.names.plain` folds them.

311 services (Open311, Boston, San Francisco, Los Angeles, New York), 12345 hotlines, CNEMC, OpenAQ,
sensor.community, PurpleAir, SensorThings, surveillance of diseases.
"""

from __future__ import annotations

from typing import Final


def _of(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


# When a reading was taken, the surest first.
READING_TIMES: Final = _of(
    "time timestamp timestamps timestamputc stamp datetime datetimeutc dateutc ts dt t",
    "timeutc utc utctime utcdatetime localtime timelocal datelocal datetimelocal phenomenontime",
    "resulttime eventtime readingtime sampletime sampledat measuredat observedat recordedat",
    "measurementtime observationtime collectedat receivedat perioddatetimefromutc",
    "datetimefromutc perioddatetimefromlocal datetimeutcutc timepoint",
    "监测时间 采集时间 数据时间 观测时间 上报时间 发布时间 时间 时间戳 日期时间 时刻",
    "unix unixtime unixtimestamp epoch epochtime",
    "date datum zeit zeitpunkt fecha day 日期 监测日期 数据日期 when lastseen",
)
# When an event began, the surest first.
EVENT_TIMES: Final = _of(
    "opened openedat opendt opendate opendatetime openedtime created createdat createddate",
    "creationdate createdtime createddatetime datecreated dateopened requesteddatetime",
    "requestdate requestdatetime daterequested reported reportedat reportdate reportedon",
    "reporteddate reporttime datereported incidentdate incidentdatetime incidenttime",
    "dateofincident occurred occurredat occurrencedate occurreddate dateoccurred dateocc",
    "eventdate eventtime startdate starttime startedat submitted submittedat submitdate received",
    "receiveddate datereceived calldate calltime calldatetime filed filedat",
    "受理时间 受理日期 上报时间 上报日期 发现时间 立案时间 接报时间 来电时间 来电日期 登记时间",
    "创建时间 创建日期 发生时间 发生日期 投诉时间 投诉日期 诉求时间 报案时间 接单时间 工单创建时间",
)
LON: Final = _of("lon lng longitude long coordinateslongitude geolon 经度 gps经度")
LAT: Final = _of("lat latitude coordinateslatitude geolat 纬度 gps纬度")
X: Final = _of("x xcoord xcoordinate pointx coordx easting eastings")
Y: Final = _of("y ycoord ycoordinate pointy coordy northing northings")
SERIES: Final = _of(
    "series seriesid station stationid stationcode stationname site siteid sitecode sensor",
    "sensorid sensorindex device deviceid node locationid location 站点 站点编码 站点名称",
    "监测点 监测点编码 点位 设备 设备编号 传感器 序列 group category categoryname area region",
    "district street neighborhood type 类别 类型 区域 街道 城区 名称 指标 病种 疾病 name",
)
PERIOD: Final = _of(
    "period week epiweek mmwrweek isoweek yearweek month yearmonth quarter yearquarter date",
    "day time timestamp datetime hour 周期 时期 时间 日期 周 周次 年周 月 月份 年月 季度 年份 year",
)
COUNT: Final = _of(
    "count counts n cases number total num value events casecount 数量 件数 案件数 案件量 次数",
    "计数 病例数 发病数 合计 总数 工单量 数",
)
VALUE: Final = _of(
    "value values samplemeasurement arithmeticmean result reading measurement 数值 监测值 测量值 值"
)
PEOPLE: Final = _of("population pop people residents inhabitants 人口 常住人口 人口数 人数")

# Words of a name of coordinates that are shifted against WGS 84, by up to a kilometre.
FRAME_WORDS: Final = frozenset(_of("gcj gcj02 bd bd09 bd09ll baidu amap gaode mars tencent"))
FRAME_PARTS_ZH: Final = _of("百度 高德 火星 腾讯")
CLASSES: Final = _of(
    "category type class complainttype servicename servicecode requesttype servicerequesttype",
    "srtype casetitle problemcode 类别 案件类型 问题类型 诉求类型 事件类型 工单类型 大类 小类",
)
DEPARTMENTS: Final = _of(
    "department agency agencyresponsible responsibleagency ownerdepartment responsibledepartment",
    "责任部门 处置部门 承办单位 承办部门 主办单位 责任单位 部门",
)

# Words of a name: of a time at all; of its beginning; of its end, a change or a limit.
TIME_WORDS: Final = frozenset(
    _of("time date datetime timestamp dt ts at day stamp datum zeit when timestamps")
)
BEGAN_WORDS: Final = frozenset(
    _of(
        "opened open created creation reported report occurred occurrence incident requested",
        "request submitted received start started filed call event",
    )
)
LATER_WORDS: Final = frozenset(
    _of(
        "closed close closing updated update modified modify changed due deadline target end ended",
        "finished resolved resolution completed completion expected expiry expires last sla edited",
        "verified disposed dispatched archived published inserted loaded exported",
    )
)
TIME_PARTS_ZH: Final = _of("时间 日期")
LATER_PARTS_ZH: Final = _of(
    "办结 结案 更新 修改 截止 完成 关闭 处置 派遣 核查 回访 反馈 到期 入库 结束"
)
