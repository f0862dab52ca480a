//! How a webhook does: its attempts hour by hour, how many delivered and how long those took.

use std::ops::AddAssign;

use axum::{Json, extract::State};
use recado_model::WebhookId;
use recado_store::catalog::{HealthHour, TOOK_BOUNDS_MS};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Web,
    error::{ApiError, Problem},
    extract::{Asked, At},
    shape::{self, Time},
};
use crate::auth::Caller;

const HOURS: u16 = 24;
const HOURS_MAX: u16 = 7 * 24;

/// Which hours are looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Hours {
    /// 1 to 168, usually 24: so many up to now.
    hours: Option<u16>,
}

/// How attempts went.
#[derive(Debug, Serialize, ToSchema)]
pub struct WentView {
    /// The attempts that delivered.
    delivered: u64,
    /// The attempts that did not: each of them, also where a later one did.
    not_delivered: u64,
    /// Half of the attempts that delivered took no longer, in ms from looking the name up to the end of the answer; rounded up to 5, 10, 25, 50 and so on to
    /// 60000. Null when none did.
    p50_ms: Option<u32>,
    /// The same of 95 in 100.
    p95_ms: Option<u32>,
}

/// How the attempts of an hour went.
#[derive(Debug, Serialize, ToSchema)]
pub struct HourView {
    /// When it begins.
    from: Time,
    #[serde(flatten)]
    went: WentView,
}

/// How a webhook does.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookHealth {
    /// All of these hours together.
    #[serde(flatten)]
    all: WentView,
    /// The oldest first; the last is the one that is not over. As long as the log is kept.
    hours: Vec<HourView>,
}

#[derive(Default)]
struct Sum {
    not_delivered: u64,
    delivered: [u64; TOOK_BOUNDS_MS.len()],
}

impl AddAssign<&HealthHour> for Sum {
    fn add_assign(&mut self, hour: &HealthHour) {
        self.not_delivered += hour.not_delivered;
        for (sum, count) in self.delivered.iter_mut().zip(hour.delivered) {
            *sum += count;
        }
    }
}

impl Sum {
    fn view(&self) -> WentView {
        WentView {
            delivered: self.delivered.iter().sum(),
            not_delivered: self.not_delivered,
            p50_ms: self.took_at_most(50),
            p95_ms: self.took_at_most(95),
        }
    }

    /// The bound that so many of a hundred did not exceed.
    fn took_at_most(&self, percent: u64) -> Option<u32> {
        let wanted = (self.delivered.iter().sum::<u64>() * percent).div_ceil(100);
        let mut seen = 0;
        let within = |count: &u64| {
            seen += count;
            wanted > 0 && seen >= wanted
        };
        self.delivered.iter().position(within).map(|index| TOOK_BOUNDS_MS[index])
    }
}

/// How a webhook does: its attempts, hour by hour.
#[utoipa::path(get, path = "/webhooks/{webhook_id}/health", tag = "webhooks", params(("webhook_id" = WebhookId, Path), Hours), responses((status = 200, body = WebhookHealth), (status = "default", body = Problem)))]
pub async fn health(
    State(web): State<Web>,
    caller: Caller,
    At(id): At<WebhookId>,
    Asked(asked): Asked<Hours>,
) -> Result<Json<WebhookHealth>, ApiError> {
    web.own_webhook(caller, id).await?;
    let hours = shape::within("hours", asked.hours.unwrap_or(HOURS), 1, HOURS_MAX)?;
    let hours = web.store.webhook_health(id, web.now(), hours).await?;
    let mut all = Sum::default();
    let hours = hours.iter().map(|hour| {
        all += hour;
        let mut went = Sum::default();
        went += hour;
        HourView { from: hour.from.into(), went: went.view() }
    });
    let hours = hours.collect();
    Ok(Json(WebhookHealth { all: all.view(), hours }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_delivered_took_no_longer_than_its_bound() {
        let mut sum = Sum::default();
        assert_eq!(sum.took_at_most(50), None);
        (sum.delivered[0], sum.delivered[4], sum.delivered[9]) = (50, 45, 5);
        assert_eq!(
            [50, 51, 95, 96, 100].map(|percent| sum.took_at_most(percent)),
            [Some(5), Some(100), Some(100), Some(5_000), Some(5_000)]
        );
        sum = Sum { not_delivered: 3, ..Sum::default() };
        sum.delivered[2] = 1;
        let WentView { delivered, not_delivered, p50_ms, p95_ms } = sum.view();
        assert_eq!((delivered, not_delivered, p50_ms, p95_ms), (1, 3, Some(25), Some(25)));
    }
}
